import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { prepareRun } from "../../src/fleet/start.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { callCli } from "../cli/call_cli.ts";
import { codexScript } from "../doctor/patient.ts";
import { connectHere } from "../mcp/mcp_client.ts";
import { makeStage } from "../support/stage.ts";

/** A run that is bound to fail, and why `start` refuses it. */
interface Case {
  name: string;
  /** Files of Codex's folder, besides the profile spark. */
  codex?: Record<string, string>;
  env?: Record<string, string>;
  /** Settings of agentctl. */
  config?: Record<string, unknown>;
  /** Options by their names. */
  options?: Record<string, string>;
  code: number;
  words: string;
}

const KEYED = `model_provider = "mine"
[model_providers.mine]
env_key = "MODEL_KEY"
`;

/** How the Codex of a case answers, by one of its variables. */
const LOGIN =
  '[ "$1 $CODEX_LOGIN" = "login out" ] && { echo "Not logged in" >&2; exit 1; }';

const CASES: Case[] = [
  {
    name: "a Codex that is not logged in",
    env: { CODEX_LOGIN: "out", OPENAI_API_KEY: "k" },
    code: 5,
    words:
      'Codex is not logged in; log in with "codex login", or set CODEX_API_KEY',
  },
  {
    name: "an unknown profile",
    options: { profile: "sparc" },
    code: 3,
    words: 'Codex has no profile "sparc"; did you mean "spark"',
  },
  {
    name: "an unknown profile of a further attempt",
    options: { profile: "spark", escalate: "deeep" },
    code: 3,
    words: 'Codex has no profile "deeep"',
  },
  {
    name: "config.toml that does not parse, without a profile",
    codex: { "config.toml": "model = [\n" },
    code: 5,
    words: 'config.toml" cannot be read: line 2',
  },
  {
    name: "a profile that does not parse",
    codex: { "broken.config.toml": "model =\n" },
    options: { profile: "broken" },
    code: 5,
    words: 'profile "broken" cannot be used',
  },
  {
    name: "config.toml of an older Codex, without a profile",
    codex: { "config.toml": 'profile = "spark"\n' },
    code: 5,
    words: "today's Codex refuses everything; remove that line",
  },
  {
    name: "a folder of Codex that is not there",
    env: { CODEX_HOME: "/nowhere/codex" },
    code: 5,
    words: 'CODEX_HOME "/nowhere/codex" is not a folder',
  },
  {
    name: "a folder of Codex by a relative path",
    env: { CODEX_HOME: "src" },
    code: 5,
    words: 'CODEX_HOME "src" is not an absolute path',
  },
  {
    name: "the key of the provider is not set",
    codex: { "config.toml": KEYED },
    code: 5,
    words:
      'provider "mine" of Codex needs the variable MODEL_KEY, but it is not',
  },
  {
    name: "the key is set, and workers do not get it",
    codex: { "config.toml": KEYED },
    env: { MODEL_KEY: "k" },
    code: 5,
    words: "workers do not get it; add it to env_passthrough",
  },
  {
    name: "the key of the provider of a profile",
    codex: { "mine.config.toml": KEYED },
    options: { profile: "mine" },
    code: 5,
    words: "needs the variable MODEL_KEY",
  },
  {
    name: "a check whose program is not there",
    options: { verify: "pytset -q tests" },
    code: 2,
    words: 'the check needs program "pytset", which is not on PATH',
  },
  {
    name: "an unknown MCP server",
    codex: { "config.toml": '[mcp_servers.docs]\ncommand = "docs"\n' },
    options: { mcp: "doc" },
    code: 3,
    words: 'Codex has no MCP server "doc"; did you mean "docs"',
  },
  {
    name: "an unknown MCP server of the settings",
    config: { mcp: ["docs"] },
    code: 3,
    words: 'Codex has no MCP server "docs"; add it with "codex mcp add"',
  },
  {
    name: "a folder that is not there",
    options: { project: "./gone" },
    code: 3,
    words: "/gone",
  },
  {
    name: "a protected path that is none",
    options: { "allow-protected": "src" },
    code: 2,
    words: '"src": it is not protected',
  },
  {
    name: "a worktree outside a repository",
    options: { project: "/", worktree: "true" },
    code: 2,
    words: "is not in a git work tree",
  },
];

/** What looks like one of these, and is not. */
const ACCEPTED: Case[] = [
  ...([
    ["a login in its usual place", { codex: { "auth.json": "{}" } }],
    ["a key", { env: { CODEX_API_KEY: "k" } }],
    ["a provider that signs in itself", {
      codex: { "config.toml": 'model_provider = "mine"\n' },
    }],
    ["a server of the user's", {
      codex: { "config.toml": 'openai_base_url = "http://x"\n' },
    }],
  ] as [string, Partial<Case>][]).map(([name, given]) => ({
    ...given,
    name,
    env: { CODEX_LOGIN: "out", ...given.env },
    code: 0,
    words: "",
  })),
  {
    name: "the key, which workers get",
    codex: { "config.toml": KEYED },
    env: { MODEL_KEY: "k" },
    config: { env_passthrough: ["MODEL_KEY"] },
    code: 0,
    words: "",
  },
  ...[
    "cd sub && pytset",
    "pytset || true",
    "./check.sh",
    "X=1 pytset",
    "test -e x",
    "(pytset)",
    "! pytset",
  ].map((verify) => ({
    name: verify,
    options: { verify },
    code: 0,
    words: "",
  })),
];

Deno.test("what would fail at once is refused before anything is made, by start, a batch and MCP alike", async (t) => {
  await using stage = await makeStage();
  const bin = join(stage.scratch.bin, "codex");
  await Deno.writeTextFile(bin, `#!/bin/sh\n${codexScript(LOGIN)}\n`);
  const home = stage.env["CODEX_HOME"] ?? "";
  const batch = join(stage.scratch.dir, "batch.md");
  await Deno.mkdir(stage.workspace, { recursive: true });
  const settings = join(stage.workspace, "config.jsonc");
  const prepare = async ({ codex = {}, config = {} }: Case) => {
    await Deno.remove(home, { recursive: true });
    await Deno.mkdir(home);
    const files = { "spark.config.toml": "", ...codex };
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(home, name), text);
    }
    await Deno.writeTextFile(settings, JSON.stringify(config));
  };
  const runs = async () => {
    const found = [];
    try {
      for await (
        const { name } of Deno.readDir(join(stage.workspace, "runs"))
      ) {
        found.push(name);
      }
    } catch (error) {
      assert(error instanceof Deno.errors.NotFound);
    }
    return found;
  };
  for (const example of CASES) {
    await t.step(example.name, async () => {
      await prepare(example);
      const { options = {}, code, words } = example;
      const env = { ...stage.env, ...example.env };
      const caller = { cwd: stage.repository.dir, env };
      const given = Object.entries(options);
      const started = await callCli([
        ...["start", "--prompt", "x"],
        ...given.flatMap(([name, value]) =>
          name === "worktree" ? ["--worktree"] : [`--${name}`, value]
        ),
      ], caller);
      assertEquals([started.code, started.stdout], [code, ""], started.stderr);
      assertStringIncludes(started.stderr, words);
      assertEquals(started.stderr.trimEnd().split("\n").length, 1);
      const keys = given.map(([name, value]) => `${name}: ${value}\n`).join("");
      await Deno.writeTextFile(
        batch,
        `--- task: good\nverify: true\n---\nx\n--- task: bad\n${keys}---\nx\n`,
      );
      const batched = await callCli(["start", "--batch", batch], caller);
      assertEquals([batched.code, batched.stdout], [code, ""], batched.stderr);
      assertStringIncludes(batched.stderr, words);
      // What no tool offers, no tool can get wrong.
      if (options["allow-protected"] === undefined) {
        await using client = await connectHere({ ...stage, env });
        const answer = await client.call("start", {
          prompt: "x",
          ...options,
          ...options["worktree"] ? { worktree: true } : {},
          ...options["mcp"] ? { mcp: [options["mcp"]] } : {},
          ...options["escalate"] ? { escalate: [options["escalate"]] } : {},
        });
        assert(answer.isError, answer.text);
        assertStringIncludes(answer.text, words);
      }
      assertEquals(await runs(), []);
    });
  }
  for (const example of ACCEPTED) {
    await t.step(`accepted: ${example.name}`, async () => {
      await prepare(example);
      const env = { ...stage.env, ...example.env };
      const caller = { cwd: stage.repository.dir, env };
      const workspace = await openWorkspace(caller, undefined);
      await prepareRun({ workspace, caller }, {
        prompt: new TextEncoder().encode("x"),
        ...example.options,
      });
    });
  }
});
