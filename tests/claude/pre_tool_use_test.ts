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

const ENV = { HOME: "/home/me/nowhere" };

function ask(
  command: unknown,
  more: Record<string, unknown> = {},
  env: Record<string, string> = ENV,
) {
  const input = { ...INPUT, tool_input: { command }, ...more };
  return preToolUse(JSON.stringify(input), env);
}

/** Those of the commands about which the hook says what is given. */
async function thoseThat(
  commands: readonly string[],
  pass: boolean,
): Promise<string[]> {
  const passed = await Promise.all(
    commands.map(async (command) => await ask(command) !== null),
  );
  return commands.filter((_, index) => passed[index] === pass);
}

Deno.test("preToolUse() allows every legitimate form", async () => {
  assertEquals(await thoseThat(LEGITIMATE, false), []);
});

Deno.test("preToolUse() says nothing about what is not exactly one harmless call", async () => {
  assert(HOSTILE.length >= 60);
  assertEquals(new Set(HOSTILE).size, HOSTILE.length);
  assertEquals(await thoseThat(HOSTILE, true), []);
});

Deno.test("preToolUse() allows no legitimate form with something hostile glued to either end", async () => {
  const glue = [";id", " ; id", "&&id", "|id", "&", ">x", "<x", "`id`", "$(id)"]
    .concat(["\nid", "\\\nid", "\rid", " #", "\n#", "\nid\nPROMPT"]);
  const texts = LEGITIMATE.flatMap((command) =>
    glue.flatMap((piece) => [command + piece, piece + command])
  );
  assertEquals(await thoseThat(texts, true), []);
});

Deno.test("preToolUse() answers as Claude Code wants it", async () => {
  assertEquals(JSON.parse(await ask("agentctl list") ?? ""), {
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: "allow",
      permissionDecisionReason: "One call of agentctl, and nothing else",
    },
  });
});

Deno.test("preToolUse() leaves other tools, calls outside of Claude's sandbox and odd input alone", async () => {
  assertEquals(await ask("agentctl list", { tool_name: "Write" }), null);
  assertEquals(await ask(["agentctl", "list"]), null);
  assertEquals(await ask("agentctl list", { cwd: undefined }), null);
  assertEquals(await ask("agentctl list", { tool_input: null }), null);
  const unsandboxed = {
    command: "agentctl list",
    dangerouslyDisableSandbox: true,
  };
  assertEquals(await ask("", { tool_input: unsandboxed }), null);
});

Deno.test("preToolUse() lets plan mode look, and start nothing", async () => {
  const plan = { permission_mode: "plan" };
  assert(await ask("agentctl wait @last", plan) !== null);
  const batch = "start --batch - <<'T'\n--- task: a\n---\nDo it\nT";
  for (
    const call of [
      "start --prompt x",
      "stop @last",
      "send @last x",
      "ack --all",
      batch,
    ]
  ) {
    assertEquals(await ask(`agentctl ${call}`, plan), null);
  }
});

Deno.test("preToolUse() judges the tools of the MCP server like the commands", async () => {
  const prefixes = ["mcp__plugin_agentctl_agentctl__", "mcp__agentctl__"];
  const call = async (name: string, tool_input: Record<string, unknown>) => {
    const [one, other] = await Promise.all(
      prefixes.map(async (prefix) =>
        await ask("", { tool_name: `${prefix}${name}`, tool_input }) !== null
      ),
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
  assert(await call("start", start));
  assert(
    await call("start", { ...start, project: "shop", sandbox: "read-only" }),
  );
  assert(
    await call("wait", { run_ids: ["a", "b"], any: true, timeout_seconds: 60 }),
  );
  assert(await call("list", { limit: 5 }));
  assert(await call("inbox", {}));
  const tasks = [{ name: "a", ...start }, {
    ...{ name: "b", prompt: "x", after: ["a"], escalate: ["deep"], hold: true },
  }];
  assert(await call("start_batch", { tasks }));
  assert(await call("send", { run_id: "a", message: "$(id)", now: true }));
  for (
    const [name, input] of [
      ["start", { ...start, project: "/etc" }],
      ["start", { ...start, project: ["/etc"] }],
      ["start", { ...start, sandbox: "danger-full-access" }],
      ["start", { ...start, verify: "touch evil" }],
      ["start", { ...start, workspace: "/tmp" }],
      ["start_batch", { tasks: [...tasks, { ...start, verify: "x" }] }],
      ["start_batch", { tasks: [...tasks, { ...start, project: "/etc" }] }],
      ["start_batch", { tasks: ["x"] }],
      ["start_batch", { tasks, workspace: "/tmp" }],
      ["start_batch", {}],
      ["unpause", {}],
      ["clean", {}],
      ["", {}],
      ["constructor", {}],
    ] as const
  ) {
    assertEquals(
      await call(name, input),
      false,
      `${name} ${JSON.stringify(input)}`,
    );
  }
  const other = { tool_name: "mcp__other__list", tool_input: {} };
  assertEquals(await ask("", other), null);
  assertEquals(
    await ask("", {
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
      // Its value is no word.
      if (option === "batch") continue;
      const given = option === "sandbox" ? "read-only" : "x";
      const joined =
        await ask(`agentctl ${name} --${option}=${given}`) !== null;
      assertEquals(joined, value !== undefined, `agentctl ${name} --${option}`);
    }
  }
});

Deno.test("preToolUse() says nothing about a profile that leads out of the sandbox, in either form of Codex", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const env = { CODEX_HOME: folder };
    const write = (name: string, text: string) =>
      Deno.writeTextFile(`${folder}/${name}`, text);
    await write("free.config.toml", 'sandbox_mode = "danger-full-access"\n');
    await write("mine.config.toml", 'sandbox_mode = "workspace-write"\n');
    await write(
      "config.toml",
      "sandbox_mode = 'danger-full-access'\n[profiles.old]\nsandbox_mode = 'danger-full-access'\n",
    );
    const calls = (profile: string) => [
      `agentctl start --profile ${profile} --prompt x`,
      `agentctl start --profile=${profile} --prompt x`,
      `agentctl resume --parent-run-id @last --profile ${profile}`,
      `agentctl start --batch - <<'T'\n--- task: a\nprofile: ${profile}\n---\nDo it\nT`,
    ];
    for (const profile of ["free", "old"]) {
      for (const call of calls(profile)) {
        assertEquals(await ask(call, {}, env), null, call);
      }
    }
    for (const profile of ["mine", "missing"]) {
      for (const call of calls(profile)) {
        assert(await ask(call, {}, env) !== null, call);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
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
  const input = command?.heredoc ?? "";
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
