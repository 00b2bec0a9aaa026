import { assert, assertEquals } from "@std/assert";
import { harmlessOptions } from "../../src/claude/harmless_call.ts";
import { preToolUse } from "../../src/claude/pre_tool_use.ts";
import { parseSimpleCommand } from "../../src/claude/simple_command.ts";
import { COMMON_OPTIONS } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { HOSTILE, LEGITIMATE } from "./hook_corpus.ts";

const INPUT = {
  session_id: "s",
  cwd: "/home/me/repository",
  permission_mode: "default",
  hook_event_name: "PreToolUse",
  tool_name: "Bash",
};

function ask(command: unknown, more: Record<string, unknown> = {}) {
  return preToolUse(
    JSON.stringify({ ...INPUT, tool_input: { command }, ...more }),
  );
}

Deno.test("preToolUse() allows every legitimate form", () => {
  assertEquals(LEGITIMATE.filter((command) => ask(command) === null), []);
});

Deno.test("preToolUse() says nothing about what is not exactly one harmless call", () => {
  assert(HOSTILE.length >= 60);
  assertEquals(new Set(HOSTILE).size, HOSTILE.length);
  assertEquals(HOSTILE.filter((command) => ask(command) !== null), []);
});

Deno.test("preToolUse() allows no legitimate form with something hostile glued to either end", () => {
  const glue = [";id", " ; id", "&&id", "|id", "&", ">x", "<x", "`id`", "$(id)"]
    .concat(["\nid", "\\\nid", "\rid", " #", "\n#", "\nid\nPROMPT"]);
  for (const command of LEGITIMATE) {
    for (const piece of glue) {
      for (const text of [command + piece, piece + command]) {
        assertEquals(ask(text), null, text);
      }
    }
  }
});

Deno.test("preToolUse() answers as Claude Code wants it", () => {
  assertEquals(JSON.parse(ask("agentctl list") ?? ""), {
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: "allow",
      permissionDecisionReason: "One call of agentctl, and nothing else",
    },
  });
});

Deno.test("preToolUse() leaves other tools, calls outside of Claude's sandbox and odd input alone", () => {
  assertEquals(ask("agentctl list", { tool_name: "Write" }), null);
  assertEquals(ask(["agentctl", "list"]), null);
  assertEquals(ask("agentctl list", { cwd: undefined }), null);
  assertEquals(ask("agentctl list", { tool_input: null }), null);
  const unsandboxed = {
    command: "agentctl list",
    dangerouslyDisableSandbox: true,
  };
  assertEquals(ask("", { tool_input: unsandboxed }), null);
});

Deno.test("preToolUse() lets plan mode look, and start nothing", () => {
  const plan = { permission_mode: "plan" };
  assert(ask("agentctl wait @last", plan) !== null);
  for (
    const call of [
      "start --prompt x",
      "stop @last",
      "send @last x",
      "ack --all",
    ]
  ) {
    assertEquals(ask(`agentctl ${call}`, plan), null);
  }
});

Deno.test("preToolUse() judges the tools of the MCP server like the commands", () => {
  const prefixes = ["mcp__plugin_agentctl_agentctl__", "mcp__agentctl__"];
  const call = (name: string, tool_input: Record<string, unknown>) => {
    const [one, other] = prefixes.map((prefix) =>
      ask("", { tool_name: `${prefix}${name}`, tool_input }) !== null
    );
    assertEquals(one, other);
    return one;
  };
  const start = {
    prompt: '{"a": "$(id)"}',
    profile: "spark",
    idle_timeout: "5m",
    max_tokens: 200_000,
  };
  assert(call("start", start));
  assert(call("start", { ...start, project: "shop", sandbox: "read-only" }));
  assert(call("wait", { run_ids: ["a", "b"], any: true, timeout_seconds: 60 }));
  assert(call("list", { limit: 5 }));
  assert(call("inbox", {}));
  assert(call("send", { run_id: "a", message: "$(id)", now: true }));
  for (
    const [name, input] of [
      ["start", { ...start, project: "/etc" }],
      ["start", { ...start, project: ["/etc"] }],
      ["start", { ...start, sandbox: "danger-full-access" }],
      ["start", { ...start, verify: "touch evil" }],
      ["start", { ...start, workspace: "/tmp" }],
      ["clean", {}],
      ["", {}],
      ["constructor", {}],
    ] as const
  ) assertEquals(call(name, input), false, `${name} ${JSON.stringify(input)}`);
  const other = { tool_name: "mcp__other__list", tool_input: {} };
  assertEquals(ask("", other), null);
  assertEquals(
    ask("", {
      tool_name: "mcp__plugin_agentctl_agentctl__start",
      tool_input: start,
      permission_mode: "plan",
    }),
    null,
  );
});

Deno.test("every option of a command that may pass was thought about", async () => {
  const asked = ["workspace", "verify", "fix", "edit"];
  for (const { name, load } of COMMANDS) {
    const harmless = harmlessOptions(name);
    if (harmless === null) continue;
    const { options } = await load();
    const names = [...options, ...COMMON_OPTIONS]
      .flatMap((option) => [option.name, option.alias ?? []].flat());
    const unknown = names.filter((option) =>
      !harmless.includes(option) && !asked.includes(option)
    );
    assertEquals(unknown, [], `agentctl ${name}`);
    assertEquals(harmless.filter((option) => asked.includes(option)), []);
  }
});

Deno.test("options that pass take a value where the command line takes one", async () => {
  for (const { name, load } of COMMANDS) {
    if (harmlessOptions(name) === null) continue;
    const { options } = await load();
    for (const { name: option, value } of options) {
      if (!harmlessOptions(name)?.includes(option)) continue;
      const given = option === "sandbox" ? "read-only" : "x";
      const joined = ask(`agentctl ${name} --${option}=${given}`) !== null;
      assertEquals(joined, value !== undefined, `agentctl ${name} --${option}`);
    }
  }
});

/** What a shell makes of each text: the words of every call of agentctl, and its standard input. */
async function shellReads(
  shell: string,
  texts: readonly string[],
): Promise<{ stdout: string; stderr: string }> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/texts`, texts.join("\0") + "\0");
    // As Claude Code does it: by eval, without an input of its own.
    const script = `
      agentctl() { printf '%s\\0' "$@"; printf '\\1'
        IFS= read -r -d '' input; printf '%s\\2' "$input"; }
      while IFS= read -r -d '' text <&9; do
        eval "$text" < /dev/null
        printf '\\3'
      done 9< "$1"`;
    const output = await new Deno.Command(shell, {
      args: ["-c", script, shell, `${folder}/texts`],
      cwd: folder,
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" },
      clearEnv: true,
      stdin: "null",
    }).output();
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(names, ["texts"]);
    const decoder = new TextDecoder();
    return {
      stdout: decoder.decode(output.stdout),
      stderr: decoder.decode(output.stderr),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What {@linkcode shellReads} prints for a text that is read as the hook reads it. */
function expectedReading(text: string): string {
  const command = parseSimpleCommand(text);
  const words = command?.words.slice(1) ?? [];
  const lines = text.replace(/\n$/, "").split("\n");
  const input = command?.hasHeredoc
    ? lines.slice(1, -1).map((line) => line + "\n").join("")
    : "";
  return words.map((word) => word + "\0").join("") + `\x01${input}\x02\x03`;
}

Deno.test("parseSimpleCommand() reads the words and the input as the shell does, also after every change of one character", async () => {
  const texts = LEGITIMATE.filter((text) => text.length < 250);
  const characters = [..." \n\t\"'`$\\;&|<>(){}[]*?!#~=%^-@.,:/+aP0é\u00a0\r"];
  for (const text of texts.slice()) {
    for (let at = 0; at <= text.length; at++) {
      texts.push(text.slice(0, at) + text.slice(at + 1));
      for (const character of characters) {
        texts.push(text.slice(0, at) + character + text.slice(at));
      }
    }
  }
  const read = [...new Set(texts)].filter((text) =>
    parseSimpleCommand(text)?.words[0] === "agentctl"
  );
  assert(read.length > 1000);
  const { stdout, stderr } = await shellReads("bash", read);
  const readings = stdout.split("\x03").slice(0, -1).map((text) =>
    text + "\x03"
  );
  assertEquals(stderr, "");
  assertEquals(readings.length, read.length);
  const wrong = read.filter((text, index) =>
    readings[index] !== expectedReading(text)
  );
  assertEquals(wrong, []);
});
