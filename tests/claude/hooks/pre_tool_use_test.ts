import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  COMMAND_RULES,
  takesValue,
} from "../../../src/permission/call_rules.ts";
import { preToolUse } from "../../../src/claude/hooks/pre_tool_use.ts";
import { ruleOf } from "../../../src/permission/read_call.ts";
import { optionsOf } from "../../../src/cli/command.ts";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { HOSTILE, LEGITIMATE, OTHERS } from "../hook_corpus.ts";
import { type HookSession, makeSession } from "../hook_session.ts";
import { type Answer, SPELLINGS } from "../spellings.ts";

/** Those of the commands about which the hook does not say what is expected. */
async function thoseNot(
  session: HookSession,
  commands: readonly string[],
  expected: "allow" | "ask" | null,
): Promise<[string, string | null][]> {
  const wrong: [string, string | null][] = [];
  for (const command of commands) {
    const { decision } = await session.decide(command);
    if (decision !== expected) wrong.push([command, decision]);
  }
  return wrong;
}

Deno.test("preToolUse() allows every legitimate form", async () => {
  await using session = await makeSession();
  assertEquals(await thoseNot(session, LEGITIMATE, "allow"), []);
});

Deno.test("preToolUse() asks about whatever names agentctl and is not understood, or could give more", async () => {
  await using session = await makeSession();
  assert(HOSTILE.length >= 200);
  assertEquals(new Set(HOSTILE).size, HOSTILE.length);
  assertEquals(await thoseNot(session, HOSTILE, "ask"), []);
});

Deno.test("preToolUse() is silent about what does not name agentctl as a program to be run", async () => {
  await using session = await makeSession();
  assertEquals(await thoseNot(session, OTHERS, null), []);
});

Deno.test("preToolUse() asks about every legitimate form with something hostile glued to either end", async () => {
  await using session = await makeSession();
  const glue = [";id", " ; id", "&&id", "|id", "&", ">x", "<x", "`id`", "$(id)"]
    .concat(["\nid", "\rid", "\nid\nPROMPT", "\0", " || id", "& id"]);
  const allowed = [];
  for (const command of LEGITIMATE) {
    for (const piece of glue) {
      for (const text of [command + piece, piece + command]) {
        const { decision } = await session.decide(text);
        if (decision === "allow") allowed.push(text);
      }
    }
  }
  assertEquals(allowed, []);
});

const ANSWERS = { allow: "pass", ask: "ask", deny: "corrected" } as const;

Deno.test("preToolUse() lets the spellings of models pass, asks about them, or says what works", async () => {
  await using session = await makeSession();
  await Deno.symlink(
    join(session.home, "shop"),
    join(session.folder, "link-to-shop"),
  );
  await new Deno.Command("mkfifo", {
    args: [join(session.folder, "named-pipe")],
  }).output();
  assert(SPELLINGS.length >= 200);
  assertEquals(
    new Set(SPELLINGS.map(([, text]) => text)).size,
    SPELLINGS.length,
  );
  const wrong: [Answer | null, string, string][] = [];
  for (const [expected, text] of SPELLINGS) {
    const { decision, reason } = await session.decide(text);
    const said = decision && ANSWERS[decision];
    if (said !== expected) wrong.push([said, text, reason]);
  }
  assertEquals(wrong, []);
});

Deno.test("preToolUse() answers as Claude Code wants it", async () => {
  await using session = await makeSession();
  assertEquals(await session.answer("agentctl list"), {
    hookEventName: "PreToolUse",
    permissionDecision: "allow",
    permissionDecisionReason: "It gives no more than this session has",
  });
  assertEquals(
    await session.answer("agentctl start --sandbox danger-full-access -p x"),
    {
      hookEventName: "PreToolUse",
      permissionDecision: "ask",
      permissionDecisionReason:
        "agentctl asks you because the worker would have no sandbox (set by --sandbox or the earlier run)",
    },
  );
});

Deno.test("preToolUse() leaves other tools and odd input alone, and asks before a call leaves Claude's sandbox", async () => {
  await using session = await makeSession();
  const asked = async (command: unknown, more: Record<string, unknown>) =>
    (await session.decide(command, more)).decision;
  assertEquals(await asked("agentctl list", { tool_name: "Write" }), null);
  assertEquals(await asked(["agentctl", "list"], {}), null);
  assertEquals(await asked("agentctl list", { cwd: undefined }), null);
  assertEquals(await asked("agentctl list", { tool_input: null }), null);
  const unsandboxed = (command: string) => ({
    tool_input: { command, dangerouslyDisableSandbox: true },
  });
  assertEquals(await asked("", unsandboxed("agentctl list")), "ask");
  assertEquals(await asked("", unsandboxed("agentctl merge @last")), "ask");
  assertEquals(await preToolUse("null", {}), null);
});

Deno.test("preToolUse() lets plan mode look, and asks before it starts or ends something", async () => {
  await using session = await makeSession({ allow_unasked: ["command:merge"] });
  const plan = { permission_mode: "plan" };
  const decide = async (command: string) =>
    (await session.decide(command, plan)).decision;
  for (const call of ["wait @last", "list --tree", "stop --help"]) {
    assertEquals(await decide(`agentctl ${call}`), "allow", call);
  }
  const batch = "start --batch - <<'T'\n--- task: a\n---\nDo it\nT";
  for (
    const call of [
      ...["start --prompt x", "stop @last", "send @last x", "ack --all"],
      ...[
        batch,
        "release @last",
        "pause",
        "merge @last",
        "doctor --fix",
        "doctor --bundle r",
      ],
    ]
  ) {
    assertEquals(await decide(`agentctl ${call}`), "ask", call);
  }
  assertEquals(await decide("git status"), null);
});

Deno.test("preToolUse() judges the tools of the MCP server like the commands", async () => {
  await using session = await makeSession();
  const prefixes = ["mcp__plugin_agentctl_agentctl__", "mcp__agentctl__"];
  const call = async (
    name: string,
    tool_input: Record<string, unknown>,
    more = {},
  ) => {
    const [one, other] = await Promise.all(
      prefixes.map(async (prefix) =>
        (await session.decide("", {
          tool_name: `${prefix}${name}`,
          tool_input,
          ...more,
        })).decision
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
    label: ["tax"],
    worktree: false,
  };
  const tasks = [{ name: "a", ...start }, {
    ...{ name: "b", prompt: "x", after: ["a"], escalate: ["deep"], hold: true },
  }];
  for (
    const [name, input] of [
      ["start", start],
      ["start", { ...start, project: "shop", sandbox: "read-only" }],
      ["wait", { run_ids: ["a", "b"], any: true, timeout_seconds: 60 }],
      ["list", { limit: 5, label: ["tax"] }],
      ["inbox", {}],
      ["start_batch", { tasks }],
      ["send", { run_id: "a", message: "$(id)", now: true }],
    ] as const
  ) {
    assertEquals(await call(name, input), "allow", JSON.stringify(input));
  }
  for (
    const [name, input] of [
      ["start", { ...start, project: "/etc" }],
      ["start", { ...start, project: ["/etc"] }],
      ["start", { ...start, project: { path: "/etc" } }],
      ["start", { ...start, sandbox: "danger-full-access" }],
      ["start", { ...start, profile: "free" }],
      ["start", { ...start, escalate: ["web"] }],
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
      "ask",
      `${name} ${JSON.stringify(input)}`,
    );
  }
  const other = { tool_name: "mcp__other__list", tool_input: {} };
  assertEquals((await session.decide("", other)).decision, null);
  const plan = { permission_mode: "plan" };
  assertEquals(await call("start", start, plan), "ask");
  assertEquals(await call("list", {}, plan), "allow");
});

Deno.test("the hook knows every public command and every option of it, and takes a value where the command line does", async () => {
  const named = COMMANDS.filter(({ hidden }) => !hidden);
  assertEquals(
    Object.keys(COMMAND_RULES).sort(),
    [...named.map(({ name }) => name), "help"].sort(),
  );
  for (const { name, load } of named) {
    const rule = COMMAND_RULES[name];
    // One that starts programs of its own is asked about whatever its options.
    if (rule === undefined || rule.asks && !rule.options) continue;
    for (const [option, spec] of Object.entries(optionsOf(await load()))) {
      for (const spelling of [option, ...spec.alias ? [spec.alias] : []]) {
        const found = ruleOf(rule, spelling);
        assertEquals(
          [found !== undefined, takesValue(found)],
          [true, spec.kind !== "flag"],
          `agentctl ${name} --${spelling}`,
        );
      }
    }
  }
});
