import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { chooseMcpServers } from "../../src/codex/mcp_choice.ts";
import { readMcpServers } from "../../src/codex/mcp_servers.ts";
import type { SandboxMode } from "../../src/codex/sandbox_modes.ts";

interface Case {
  name: string;
  /** Files by their paths in a home; `.codex` is Codex's folder, `work` the run's. */
  files: Record<string, string>;
  wanted?: string[];
  sandbox?: SandboxMode;
  profile?: string;
  on?: string[];
  off?: string[];
  missing?: string[];
  /** Each is `key=value`. */
  settings?: string[];
}

const CONFIG = ".codex/config.toml";

function server(name: string, ...lines: string[]): string {
  return [`[mcp_servers.${name}]`, 'command = "s"', ...lines, ""].join("\n");
}

const APPROVE = 'default_tools_approval_mode = "approve"';
const STUB = '{"enabled"=false,"command"="true"}';
const PERMIT = '{"default_tools_approval_mode"="approve"}';
const PLUGIN = ".codex/plugins/cache/market/tools/1.0.0";
const PLUGIN_SERVERS = {
  [`${PLUGIN}/.codex-plugin/plugin.json`]: '{"mcpServers": "./servers.json"}',
  [`${PLUGIN}/servers.json`]: '{"one": {"command": "s"}}',
  [`${PLUGIN}/.mcp.json`]: '{"mcpServers": {"two": {"url": "http://x"}}}',
};

const CASES: Case[] = [
  { name: "no settings at all", files: {} },
  {
    name: "a server whose tools need approval",
    files: { [CONFIG]: server("a") },
    off: ["a"],
    settings: [`mcp_servers={"a"=${STUB}}`],
  },
  {
    name: "approved, in parts, for reading, asking, leaving it to the tools",
    files: {
      [CONFIG]: server("a", APPROVE) +
        server("b", "[mcp_servers.b.tools.x]", 'approval_mode = "approve"') +
        server("c", 'default_tools_approval_mode = "writes"') +
        server("d", 'default_tools_approval_mode = "prompt"') +
        server("e", 'default_tools_approval_mode = "auto"') +
        server("f", "[mcp_servers.f.tools.x]", 'approval_mode = "prompt"'),
    },
    on: ["a", "b", "c"],
    off: ["d", "e", "f"],
    settings: [`mcp_servers={"d"=${STUB},"e"=${STUB},"f"=${STUB}}`],
  },
  {
    name: "names that TOML has to quote, and an inline table",
    files: {
      [CONFIG]: `mcp_servers = { 'q"t' = { command = "s" } }\n` +
        server('"a.b"') + server('"c d"') + server('"x.y"', APPROVE),
    },
    on: ["x.y"],
    off: ["a.b", "c d", 'q"t'],
    settings: [`mcp_servers={"a.b"=${STUB},"c d"=${STUB},"q\\"t"=${STUB}}`],
  },
  {
    name: "an address",
    files: { [CONFIG]: '[mcp_servers.web]\nurl = "https://x"\n' },
    off: ["web"],
    settings: [
      'mcp_servers={"web"={"enabled"=false,"url"="http://127.0.0.1"}}',
    ],
  },
  {
    name: "one that is off already",
    files: { [CONFIG]: server("a", "enabled = false") },
  },
  {
    name: "one that is off already, by name",
    files: { [CONFIG]: server("a", "enabled = false") },
    wanted: ["a"],
    on: ["a"],
    settings: [
      'mcp_servers={"a"={"enabled"=true,"default_tools_approval_mode"="approve"}}',
    ],
  },
  {
    name: "without a sandbox everything can be called",
    files: { [CONFIG]: server("a") },
    sandbox: "danger-full-access",
    on: ["a"],
  },
  {
    name: "the profile decides over config.toml",
    files: {
      [CONFIG]: server("a") + server("b", APPROVE),
      ".codex/p.config.toml": `[mcp_servers.a]\n${APPROVE}\n` +
        '[mcp_servers.b]\ndefault_tools_approval_mode = "prompt"\n' +
        server("own"),
    },
    profile: "p",
    on: ["a"],
    off: ["b", "own"],
    settings: [`mcp_servers={"b"=${STUB},"own"=${STUB}}`],
  },
  {
    name: "a project's, from any folder above",
    files: {
      "work/.codex/config.toml": server("near"),
      ".codex/config.toml": server("mine"),
    },
    wanted: ["near"],
    on: ["near"],
    off: ["mine"],
    // Whether it counts is for Codex to say.
    settings: [`mcp_servers={"mine"=${STUB}}`],
  },
  {
    name: "one of the user's that a project defines in another way",
    files: {
      "work/.codex/config.toml": '[mcp_servers.a]\nurl = "http://x"\n' +
        server("b"),
      ".codex/config.toml": server("a") + '[mcp_servers.b]\nurl = "http://x"\n',
    },
    off: ["a", "b"],
    settings: [
      `mcp_servers={"a"=${STUB},"b"={"enabled"=false,"url"="http://127.0.0.1"}}`,
    ],
  },
  {
    name: "plugins",
    files: PLUGIN_SERVERS,
    off: ["one", "two"],
    settings: [
      `mcp_servers={"one"=${STUB},"two"={"enabled"=false,"url"="http://127.0.0.1"}}`,
    ],
  },
  {
    name: "plugins that are off",
    files: {
      ...PLUGIN_SERVERS,
      [CONFIG]: '[plugins."tools@market"]\nenabled = false\n',
    },
  },
  {
    name: "no plugins",
    files: { ...PLUGIN_SERVERS, [CONFIG]: "[features]\nplugins = false\n" },
  },
  {
    name: "a plugin's server that the settings approve, and one by name",
    files: {
      ...PLUGIN_SERVERS,
      [CONFIG]: `[plugins."tools@market".mcp_servers.one]\n${APPROVE}\n`,
    },
    wanted: ["one", "two"],
    on: ["one", "two"],
    settings: [
      `plugins={"tools@market"={mcp_servers={"two"=${PERMIT}}}}`,
    ],
  },
  {
    name: "all",
    files: { [CONFIG]: server("a") + server("b", "enabled = false") },
    wanted: ["all"],
    on: ["a"],
    settings: [`mcp_servers={"a"=${PERMIT}}`],
  },
  {
    name: "none, nor the servers of apps",
    files: { [CONFIG]: server("a", APPROVE) },
    wanted: [],
    off: ["a"],
    settings: [`mcp_servers={"a"=${STUB}}`, "features.apps=false"],
  },
  {
    name: "by name, what the settings say about calls stays",
    files: {
      [CONFIG]: server("a", 'default_tools_approval_mode = "prompt"') +
        server("b"),
    },
    wanted: ["a", "b", "nix"],
    on: ["a", "b"],
    missing: ["nix"],
    settings: [`mcp_servers={"b"=${PERMIT}}`],
  },
];

Deno.test("workers get the MCP servers that they can use, or those that are named, whoever brings them", async (t) => {
  for (const { name, files, wanted, sandbox, profile, ...expected } of CASES) {
    await t.step(name, async () => {
      const home = await Deno.makeTempDir();
      try {
        for (const [path, text] of Object.entries(files)) {
          const file = join(home, path);
          await Deno.mkdir(dirname(file), { recursive: true });
          await Deno.writeTextFile(file, text);
        }
        const servers = await readMcpServers(
          { HOME: home },
          profile ?? null,
          { cwd: join(home, "work"), worktree: null },
        );
        const choice = chooseMcpServers(
          servers,
          wanted ?? null,
          sandbox ?? "workspace-write",
        );
        assertEquals(choice, {
          on: [],
          off: [],
          missing: [],
          settings: [],
          ...expected,
        });
      } finally {
        await Deno.remove(home, { recursive: true });
      }
    });
  }
});
