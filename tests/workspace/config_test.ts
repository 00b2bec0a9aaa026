import { assert, assertEquals, assertThrows } from "@std/assert";
import { walk } from "@std/fs";
import { fromFileUrl } from "@std/path";
import {
  type Config,
  CONFIG_TEMPLATE,
  configKeys,
  DEFAULT_CONFIG,
  parseConfig,
  WITHOUT_APPROVAL,
} from "../../src/workspace/config.ts";
import { AgentctlError } from "../../src/system/errors.ts";

Deno.test("CONFIG_TEMPLATE holds every key, with the default as its value and a comment before it", () => {
  assertEquals(parseConfig(CONFIG_TEMPLATE, "config.jsonc"), DEFAULT_CONFIG);
  const lines = CONFIG_TEMPLATE.split("\n");
  const keys = configKeys();
  for (const key of keys) {
    const at = lines.findIndex((line) => line.startsWith(`  "${key}": `));
    assert(at > 0, key);
    assertEquals(
      lines[at - 1],
      `  // ${needsApproval(key)}`,
    );
    assert(lines[at - 2]?.startsWith("  // "), key);
  }
  const shown = lines.filter((line) => line.startsWith('  "'));
  assertEquals(shown.length, keys.length);
});

/** What the template says of how a key counts in a file that nobody approved. */
function needsApproval(key: keyof Config): string {
  const rule = WITHOUT_APPROVAL[key];
  if (rule === "acts") return "Needs approval.";
  return `Without approval: ${rule.counts.replaceAll("`", '"')}.`;
}

Deno.test("parseConfig() takes comments, trailing commas, a byte order mark and missing keys", () => {
  const text = '\uFEFF// first\n{ /* inside */ "tmux_session": "work", }\n';
  assertEquals(parseConfig(text, "config.jsonc"), {
    ...DEFAULT_CONFIG,
    tmux_session: "work",
  });
  assertEquals(parseConfig("{}", "config.jsonc"), DEFAULT_CONFIG);
});

Deno.test("parseConfig() takes values of each kind", () => {
  const config = {
    tmux_session: "work_2",
    tmux_socket: "/run/tmux.sock",
    tmux_notify_target: "%3",
    default_profile: "spark",
    default_sandbox: "read-only" as const,
    default_timeout: "45m",
    default_idle_timeout: 600,
    env_passthrough: ["MY_TOKEN", "COMPANY_*"],
  };
  assertEquals(parseConfig(JSON.stringify(config), "config.jsonc"), {
    ...DEFAULT_CONFIG,
    ...config,
  });
});

Deno.test("parseConfig() suggests the nearest key for one that it does not know", () => {
  const error = assertThrows(
    () => parseConfig('{ "tmux_sesion": "x" }', "/w/config.jsonc"),
    AgentctlError,
    'Cannot read "/w/config.jsonc": key "tmux_sesion" is unknown; did you mean "tmux_session"',
  );
  assertEquals(error.code, "environment");
});

Deno.test("parseConfig() names the key of a wrong value", () => {
  const wrong: [string, string][] = [
    ["tmux_session", "12"],
    ["tmux_session", '"a:b"'],
    ["tmux_session", '""'],
    ["tmux_session", "null"],
    ["tmux_socket", '""'],
    ["tmux_notify_target", "false"],
    ["tmux_sendkeys_target", '""'],
    ["default_profile", "[]"],
    ["default_sandbox", '"full"'],
    ["default_timeout", "{}"],
    ["account_ceiling", '"much"'],
    ["account_ceiling", "0.9"],
    ["account_ceiling", "true"],
    ["env_passthrough", '"A"'],
    ["env_passthrough", '["*"]'],
    ["env_passthrough", '["A=B"]'],
  ];
  for (const [key, value] of wrong) {
    assertThrows(
      () => parseConfig(`{ "${key}": ${value} }`, "/w/config.jsonc"),
      AgentctlError,
      `Cannot read "/w/config.jsonc": value of "${key}`,
    );
  }
});

Deno.test("parseConfig() names the file that holds no object", () => {
  for (const text of ["", "{", "[]", "null", "12", '{ "tmux_session": }']) {
    const error = assertThrows(
      () => parseConfig(text, "/w/config.jsonc"),
      AgentctlError,
      'Cannot read "/w/config.jsonc": ',
    );
    assertEquals(error.exitCode, 5);
    assert(!error.message.includes("\n"), error.message);
  }
});

Deno.test("every key of the config is used outside the config itself", async () => {
  const sources: string[] = [];
  const root = fromFileUrl(new URL("../../src/", import.meta.url));
  for await (const { path, name } of walk(root, { exts: [".ts"] })) {
    if (name === "config.ts") continue;
    const source = await Deno.readTextFile(path);
    // A comment that names a key does not use it, and a string may look like the beginning of one.
    sources.push(source.replace(/\/\*.*?\*\/|^\s*\/\/[^\n]*$/gms, ""));
  }
  const text = sources.join("\n");
  for (const key of Object.keys(DEFAULT_CONFIG)) {
    assert(new RegExp(`\\b${key}\\b`).test(text), key);
  }
});
