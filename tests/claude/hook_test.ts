import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { copy, exists } from "@std/fs";
import { join } from "@std/path";
import { postToolUse } from "../../src/claude/hooks/post_tool_use.ts";
import { sessionStart } from "../../src/claude/hooks/session_start.ts";
import { announceWait } from "../../src/fleet/waiters.ts";
import { parseRunId } from "../../src/run/id.ts";
import { markSeen } from "../../src/run/seen.ts";
import { tryAcquireLock } from "../../src/files/lock.ts";
import { WORDS_NOTE } from "../../src/text/others_words.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { until, within } from "../support/until.ts";

/** Calls a hook as Claude Code does. */
function hook(
  stage: Stage,
  name: string,
  input: unknown,
  env: Record<string, string> = {},
) {
  const stdin = typeof input === "string" ? input : JSON.stringify(input);
  return stage.agentctl(["_hook", name], { stdin, env });
}

/** A run that has ended, with its result unseen. */
async function makeEnded(stage: Stage, ...options: string[]): Promise<string> {
  const id = await stage.start(
    steps("Do it", resultStep(false, "half of it", "Do the rest")),
    ...options,
  );
  await stage.waitForFile(id, "meta.json", '"ended_at"');
  return id;
}

/** A run that goes on until `end()`. */
async function makeGated(stage: Stage) {
  const gate = join(stage.scratch.dir, "gate");
  const id = await stage.start(
    steps("Gated", { wait_for_file: gate }, resultStep(true, "did it")),
  );
  return { id: parseRunId(id), end: () => Deno.writeTextFile(gate, "") };
}

/** What Claude Code says after a Bash call. */
function afterBash(stage: Stage, stdout: string, command = "agentctl start") {
  return {
    cwd: stage.repository.dir,
    hook_event_name: "PostToolUse",
    tool_name: "Bash",
    tool_input: { command },
    tool_response: { stdout, stderr: "", interrupted: false },
  };
}

Deno.test("agentctl _hook pre-tool-use allows a call that gives no more, asks about others and is silent about what is not ours", async () => {
  await using stage = await makeStage();
  const call = (command: string) => ({
    cwd: stage.repository.dir,
    tool_name: "Bash",
    tool_input: { command },
  });
  const allowed = await hook(stage, "pre-tool-use", call("agentctl list"));
  assertEquals([allowed.code, allowed.stderr], [0, ""]);
  assertEquals(
    JSON.parse(allowed.stdout).hookSpecificOutput.permissionDecision,
    "allow",
  );
  for (
    const command of [
      "agentctl list; touch evil",
      "env agentctl list",
      "agentctl start --sandbox danger-full-access --prompt x",
    ]
  ) {
    const asked = await hook(stage, "pre-tool-use", call(command));
    assertEquals([asked.code, asked.stderr], [0, ""]);
    const said = JSON.parse(asked.stdout).hookSpecificOutput;
    assertEquals(said.permissionDecision, "ask", command);
    assertStringIncludes(said.permissionDecisionReason, "agentctl asks you");
  }
  const nothing = { code: 0, stdout: "", stderr: "" };
  for (const command of ["touch evil", "cat agentctl.md"]) {
    assertEquals(await hook(stage, "pre-tool-use", call(command)), nothing);
  }
});

Deno.test("agentctl _hook is silent and ends with 0 whatever it is given", async () => {
  await using stage = await makeStage();
  const nothing = { code: 0, stdout: "", stderr: "" };
  const names = [
    ...["pre-tool-use", "session-start", "post-tool-use", "result-read", "x"],
  ];
  const inputs = ["", "{", "null", "[]", '{"cwd":1}', "\xff"];
  for (const [number, name] of names.entries()) {
    // Three for each, another three for the next.
    for (const input of inputs.filter((_, index) => (index + number) % 2)) {
      assertEquals(await hook(stage, name, input), nothing, `${name} ${input}`);
    }
  }
  assertEquals(await stage.agentctl(["_hook"], { stdin: "" }), nothing);
});

Deno.test("agentctl _hook session-start tells the unseen results in under 4 KB and acknowledges none", async () => {
  await using stage = await makeStage();
  const input = { cwd: stage.repository.dir, source: "clear" };
  const nothing = { code: 0, stdout: "", stderr: "" };
  assertEquals(await hook(stage, "session-start", input), nothing);
  assertEquals(await exists(stage.workspace), false);

  const id = await makeEnded(stage, "--title", "Do \u001b[31mit");
  const told = await hook(stage, "session-start", input);
  assertStringIncludes(told.stdout, `✗ ${id} "Do it" (goal not met): half`);
  assertEquals(await hook(stage, "session-start", input), told);

  // Thirty more, each with more to say than fits.
  const record = JSON.parse(
    await Deno.readTextFile(stage.runFile(id, "meta.json")),
  );
  for (let number = 10; number < 40; number++) {
    const run_id = `20260102-0304${number}-aaaa`;
    await copy(stage.runFile(id, "."), stage.runFile(run_id, "."));
    await Deno.writeTextFile(
      stage.runFile(run_id, "meta.json"),
      JSON.stringify({ ...record, run_id, summary: "ä".repeat(10_000) }),
    );
  }
  const many = await hook(stage, "session-start", input);
  const bytes = new TextEncoder().encode(many.stdout).length;
  assert(bytes > 2_000 && bytes < 4_000, `${bytes} bytes`);
  assertStringIncludes(many.stdout, "(31)");
  assertStringIncludes(many.stdout, id);
  assertStringIncludes(many.stdout, "agentctl inbox");

  await stage.agentctl(["ack", "--all"]);
  assertEquals(await hook(stage, "session-start", input), nothing);
  await Deno.writeTextFile(join(stage.workspace, "config.jsonc"), "{");
  assertEquals(await hook(stage, "session-start", input), nothing);
});

Deno.test("sessionStart() looks into the workspace of the session's folder, and describes one that is not the home's", async () => {
  await using stage = await makeStage();
  const id = await makeEnded(stage);
  const inner = join(stage.repository.dir, "inner");
  await Deno.mkdir(join(inner, ".ai-orch", "runs"), { recursive: true });
  const { env } = stage;
  const outside = await sessionStart({ cwd: stage.repository.dir, env });
  assertStringIncludes(outside ?? "", id);
  const inside = await sessionStart({ cwd: inner, env }) ?? "";
  assertStringIncludes(inside, `- Workspace: ${join(inner, ".ai-orch")}\n`);
  assertEquals(inside.includes(id), false);
});

Deno.test("agentctl _hook post-tool-use wakes Claude with the result that nobody waits for", async () => {
  await using stage = await makeStage();
  const id = await makeEnded(stage);
  const input = afterBash(stage, `${id}\n`);
  const output = await hook(stage, "post-tool-use", input);
  assertEquals(output, {
    code: 2,
    stdout: "",
    stderr:
      `✗ ${id} "Do it" (goal not met): half of it - read it with "agentctl show ${id}"\n${WORDS_NOTE}\n`,
  });
});

Deno.test("postToolUse() waits for the end of the run", async () => {
  await using stage = await makeStage();
  const { id, end } = await makeGated(stage);
  const input = afterBash(stage, JSON.stringify({ run_id: id }));
  const waking = postToolUse(JSON.stringify(input), stage.env, 0);
  const early = new Promise((resolve) =>
    setTimeout(() => resolve("early"), 300)
  );
  assertEquals(await Promise.race([waking, early]), "early");
  await end();
  assertStringIncludes(
    await soon(waking) ?? "",
    `${id} "Gated" (goal met): did it`,
  );
});

/** The words of a hook that waits, which must not hang. */
function soon(waking: Promise<string | null>): Promise<string | null> {
  return within("the hook says something", waking);
}

/** Resolves once somebody holds a lock on the file. */
async function untilAwaited(path: string): Promise<void> {
  await until(`somebody holds "${path}"`, async () => {
    const lock = await tryAcquireLock(path);
    lock?.release();
    return lock === null;
  });
}

Deno.test("postToolUse() is silent where the model waits by itself", async () => {
  await using stage = await makeStage();
  const { id, end } = await makeGated(stage);
  const input = JSON.stringify(afterBash(stage, `${id}\n`));
  const waking = postToolUse(input, stage.env, 0);
  const waiting = stage.agentctl(["wait", id]);
  await untilAwaited(stage.runFile(id, "prompt.md"));
  await end();
  assertEquals((await waiting).code, 0);
  assertEquals(await soon(waking), null);
});

Deno.test("postToolUse() is silent until a wait for several runs is over, and wakes Claude if it is killed", async () => {
  for (const seen of [true, false]) {
    await using stage = await makeStage();
    const id = parseRunId(await makeEnded(stage));
    const { workspace } = await stage.fleet();
    const waiter = await announceWait(workspace, [id]);
    const input = JSON.stringify(afterBash(stage, `${id}\n`));
    const waking = postToolUse(input, stage.env, 0);
    const early = new Promise((resolve) =>
      setTimeout(() => resolve("early"), 300)
    );
    assertEquals(await Promise.race([waking, early]), "early");
    if (seen) await markSeen(workspace, id);
    waiter[Symbol.dispose]();
    assertEquals((await soon(waking))?.includes(id), seen ? undefined : true);
  }
});

/** The ids that the inbox lists. */
async function inbox(stage: Stage): Promise<string[]> {
  const { stdout } = await stage.agentctl(["inbox", "--json"]);
  return JSON.parse(stdout).map((run: { run_id: string }) => run.run_id);
}

Deno.test("a wait of Claude Code leaves the result in the inbox until a tool has brought its output to the model", async () => {
  await using stage = await makeStage();
  const { cwd } = afterBash(stage, "");
  const env = { CLAUDECODE: "1" };
  const inputs = [
    (text: string) => afterBash(stage, text, "agentctl wait x"),
    (text: string) => ({ cwd, error: `Exit code 1\n${text}` }),
    (content: string) => ({ cwd, tool_response: { file: { content } } }),
  ];
  for (const inputFor of inputs) {
    const id = await makeEnded(stage);
    const { code, stdout, stderr } = await stage.agentctl(["wait", id], {
      env,
    });
    assertEquals([code, JSON.parse(stdout).summary], [1, "half of it"]);
    assertEquals(
      stderr,
      `In the inbox until it is read: ${id}; "agentctl show" or "agentctl ack" removes it\n`,
    );
    assertEquals(await inbox(stage), [id]);
    // Claude Code tells the model that the wait is over: nobody need wake it.
    const started = JSON.stringify(afterBash(stage, `${id}\n`));
    assertEquals(await postToolUse(started, stage.env, 0), null);

    const nothing = { code: 0, stdout: "", stderr: "" };
    const cut = stdout + stderr.slice(0, 20);
    assertEquals(await hook(stage, "result-read", inputFor(cut)), nothing);
    assertEquals(await inbox(stage), [id]);
    const whole = stdout + stderr;
    assertEquals(await hook(stage, "result-read", inputFor(whole)), nothing);
    assertEquals(await inbox(stage), []);
    assertEquals((await stage.agentctl(["wait", id], { env })).stderr, "");
  }
});

Deno.test("agentctl _hook result-read acknowledges no run that a wait has not printed, and no id in a worker's words", async () => {
  await using stage = await makeStage();
  const id = await makeEnded(stage);
  const hint = `In the inbox until it is read: ${id}; x`;
  await hook(stage, "result-read", afterBash(stage, hint));
  assertEquals(await inbox(stage), [id]);
  const env = { CLAUDECODE: "1" };
  await stage.agentctl(["wait", id], { env });
  const words = JSON.stringify({ summary: `x\n${hint}` });
  await hook(stage, "result-read", afterBash(stage, words));
  assertEquals(await inbox(stage), [id]);
});

Deno.test("a wait of Claude Code for several runs names all in one line, and show takes each off the inbox", async () => {
  await using stage = await makeStage();
  const ids = [await makeEnded(stage), await makeEnded(stage)];
  const env = { CLAUDECODE: "1" };
  const { stderr } = await stage.agentctl(["wait", ...ids, "--any"], { env });
  assertStringIncludes(stderr, `it is read: ${ids.join(" ")};`);
  assertEquals(await inbox(stage), ids);
  for (const id of ids) await stage.agentctl(["show", id], { env });
  assertEquals(await inbox(stage), []);
});

Deno.test("postToolUse() follows a chain to its end and tells of the last attempt alone", async () => {
  await using stage = await makeStage();
  const gate = join(stage.scratch.dir, "gate");
  const id = parseRunId(
    await stage.start(
      steps("Try", { wait_for_file: gate }, resultStep(false, "not yet")),
      ...["--profile", "spark", "--escalate", "deep"],
    ),
  );
  const input = JSON.stringify(afterBash(stage, `${id}\n`));
  const waking = postToolUse(input, stage.env, 0);
  await Deno.writeTextFile(gate, "");
  const words = await soon(waking) ?? "";
  const chain = await stage.agentctl(["chain", id, "--json"]);
  const [first, last] = JSON.parse(chain.stdout);
  assertEquals([first.run_id, first.next_run_id], [id, last.run_id]);
  assertEquals(
    words,
    `✗ ${last.run_id} "Try" (goal not met, attempt 2 with deep): not yet - read it with "agentctl show ${last.run_id}"\n${WORDS_NOTE}`,
  );
  // Neither the session's start nor the inbox has the first one.
  assertEquals(await inbox(stage), [last.run_id]);
  const told = await sessionStart({
    ...{ cwd: stage.repository.dir, env: stage.env },
  });
  assertEquals([told?.includes(id), told?.includes(last.run_id)], [
    ...[false, true],
  ]);
});

Deno.test("postToolUse() is silent where the model waits for the first attempt of a chain", async () => {
  await using stage = await makeStage();
  const gate = join(stage.scratch.dir, "gate");
  const id = await stage.start(
    steps("Try", { wait_for_file: gate }, resultStep(false, "not yet")),
    ...["--profile", "spark", "--escalate", "deep"],
  );
  const input = JSON.stringify(afterBash(stage, `${id}\n`));
  const waking = postToolUse(input, stage.env, 0);
  const waiting = stage.agentctl(["wait", id], { env: { CLAUDECODE: "1" } });
  await untilAwaited(stage.runFile(id, "prompt.md"));
  await Deno.writeTextFile(gate, "");
  assertEquals((await waiting).code, 1);
  assertEquals(await soon(waking), null);
});

Deno.test("postToolUse() takes the ids of a batch, as lines and as JSON, and ends with a stop", async () => {
  await using stage = await makeStage();
  for (const options of [[], ["--json"]]) {
    const done = steps("Do it", resultStep(true, "did it"));
    const hang = steps("Hang", { say: "here" }, { hang: true });
    const batch = `--- task: one\n---\n${done}\n--- task: two\n---\n${hang}\n`;
    const started = await stage.agentctl(
      ["start", "--batch", "-", ...options],
      { stdin: batch },
    );
    assertEquals(started.code, 0, started.stderr);
    const ids = started.stdout.match(/\d{8}-\d{6}-[0-9a-f]{4}/g) ?? [];
    assertEquals(ids.length, 2);
    const input = JSON.stringify(afterBash(stage, started.stdout));
    const waking = postToolUse(input, stage.env, 0);
    const [one, two = ""] = ids;
    await stage.waitForFile(two, "events.jsonl", "here");
    await stage.agentctl(["stop", two]);
    assertEquals((await soon(waking))?.split(" - ").slice(0, 2), [
      `✓ ${one} "one" (goal met): did it`,
      `read it with "agentctl show ${one}"\n■ ${two} "two" (stopped): Stopped by agentctl stop`,
    ]);
  }
});

Deno.test("postToolUse() does not wait for what is held or paused once the rest has ended, and says why it waits", async () => {
  await using stage = await makeStage();
  const pause = await stage.agentctl(["pause", "deep"]);
  assertEquals(pause.code, 0, pause.stderr);
  const gate = join(stage.scratch.dir, "gate");
  const task = steps("Do it", { wait_for_file: gate }, resultStep(true, "yes"));
  const heads = [
    ...["--- task: works", "--- task: held\nhold: true"],
    ...["--- task: paused\nprofile: deep", "--- task: later\nafter: held"],
  ];
  const batch = heads.map((head) => `${head}\n---\n${task}\n`).join("");
  const started = await stage.agentctl(["start", "--batch", "-"], {
    stdin: batch,
  });
  assertEquals(started.code, 0, started.stderr);
  const [works, held, paused, later] = started.stdout.trim().split("\n");
  const input = JSON.stringify(afterBash(stage, started.stdout));
  const waking = postToolUse(input, stage.env, 0);
  await Deno.writeTextFile(gate, "");
  assertEquals((await soon(waking))?.split("\n"), [
    `✓ ${works} "works" (goal met): yes - read it with "agentctl show ${works}"`,
    `○ ${held} "held" (queued: held, until "agentctl release") - wait for it with "agentctl wait ${held}"`,
    `○ ${paused} "paused" (queued: deep is paused) - wait for it with "agentctl wait ${paused}"`,
    `○ ${later} "later" (queued: after ${held}) - wait for it with "agentctl wait ${later}"`,
    WORDS_NOTE,
  ]);

  // Where a wait has told of what has ended, there is the rest to tell of.
  await stage.agentctl(["ack", works ?? ""]);
  const again = postToolUse(input, stage.env, 0);
  await stage.agentctl(["stop", paused ?? ""]);
  assertStringIncludes(await again ?? "", `■ ${paused} "paused" (stopped)`);
});

Deno.test("postToolUse() finds the workspace that the call names", async () => {
  await using stage = await makeStage();
  const other = join(stage.scratch.dir, "other");
  await stage.agentctl(["init", other]);
  const started = await stage.agentctl(["start", "--workspace", other], {
    stdin: steps("Do it", resultStep(true, "did it")),
  });
  assertEquals(started.stderr, "");
  const call = `agentctl start --workspace ${other} <<'P'\nx\nP`;
  const input = afterBash(stage, started.stdout, call);
  const words = await postToolUse(JSON.stringify(input), stage.env, 0);
  assertStringIncludes(words ?? "", "did it");
});

Deno.test("postToolUse() is silent at once in print mode, and for what started nothing", async () => {
  await using stage = await makeStage();
  const { id, end } = await makeGated(stage);
  const input = JSON.stringify(afterBash(stage, `${id}\n`));
  const printMode = { ...stage.env, CLAUDE_CODE_ENTRYPOINT: "sdk-cli" };
  assertEquals(await postToolUse(input, printMode, 0), null);
  for (const stdout of ["", "20260102-030405-a1b2\n", "Usage: agentctl"]) {
    const other = JSON.stringify(afterBash(stage, stdout));
    assertEquals(await postToolUse(other, stage.env, 0), null);
  }
  const shown = afterBash(stage, `${id}\n`, `agentctl show ${id}`);
  assertEquals(await postToolUse(JSON.stringify(shown), stage.env, 0), null);
  await end();
});
