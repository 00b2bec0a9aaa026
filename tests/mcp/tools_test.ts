import {
  assert,
  assertEquals,
  assertExists,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { TOOL_NAMES } from "../../src/permission/tool_rules.ts";
import { makeStage, resultStep, steps } from "../support/stage.ts";
import { connectHere, connectProcess } from "./mcp_client.ts";
import type { Progress } from "./sdk_client.ts";
import { within } from "../support/until.ts";

Deno.test("agentctl mcp offers its tools with input and output schemas and annotations", async () => {
  await using stage = await makeStage();
  await using mcp = await connectProcess(stage);
  const { tools } = await mcp.client.listTools();
  assertEquals(tools.map(({ name }) => name), TOOL_NAMES);
  for (const tool of tools) {
    assertEquals(tool.inputSchema.additionalProperties, false, tool.name);
    assertEquals(tool.outputSchema?.type, "object", tool.name);
    assert(tool.description && tool.title, tool.name);
  }
  const hints = Object.fromEntries(tools.map(({ name, annotations }) => [
    name,
    [
      annotations?.readOnlyHint,
      annotations?.destructiveHint,
      annotations?.openWorldHint,
    ],
  ]));
  assertEquals(hints, {
    start: [false, true, true],
    start_batch: [false, true, true],
    wait: [true, undefined, false],
    show: [true, undefined, false],
    list: [true, undefined, false],
    resume: [false, true, true],
    send: [false, true, true],
    answer: [false, true, true],
    release: [false, true, true],
    stop: [false, true, false],
    inbox: [true, undefined, false],
    diff: [true, undefined, false],
    merge_preview: [true, undefined, false],
    chain: [true, undefined, false],
    stats: [true, undefined, false],
    pause: [false, false, false],
  });
  const start = tools[0]?.inputSchema.properties as Record<string, unknown>;
  assertEquals(Object.keys(start), [
    ...["prompt", "project", "profile", "title", "label"],
    ...["model", "sandbox", "mcp", "transport"],
    ...["approve", "answer_timeout"],
    ...["timeout", "idle_timeout", "max_tokens", "max_account"],
    ...["verify", "priority"],
    ...[
      "hold",
      "after",
      "after_any_end",
      "retry",
      "escalate",
      "max_attempts",
      "max_time",
    ],
    ...["max_chain_tokens", "worktree"],
  ]);
  assert(!JSON.stringify(start["sandbox"]).includes("danger"));
  assertStringIncludes(mcp.client.getInstructions() ?? "", "Call start");
  assertEquals(mcp.client.getServerVersion()?.name, "agentctl");
});

Deno.test("start, wait, show and resume bring a task to its end", async () => {
  await using stage = await makeStage();
  await using mcp = await connectProcess(stage);
  const followup = steps("Finish it", resultStep(true, "finished"));
  const started = await mcp.call("start", {
    prompt: steps("Begin", { write: { path: "a.txt", text: "a\n" } }, {
      result: {
        goal_met: false,
        summary: "half of it",
        followup_prompt: followup,
        notes: 'a "quote" and {"json": true}',
      },
    }),
    profile: "spark",
  });
  assert(!started.isError, started.text);
  const id = started.data.run_id;
  assertEquals([started.data.title, started.data.profile], ["Begin", "spark"]);
  assertEquals(started.data.cwd, stage.repository.dir);
  assertStringIncludes(`${started.data.next}`, id);

  const waited = await mcp.call("wait", { run_ids: [id] });
  assertEquals(waited.data.done, true, waited.text);
  assertEquals(waited.data.running, []);
  const [run] = waited.data.ended;
  assertExists(run);
  assertEquals([run.run_id, run.status, run.goal_met, run.summary], [
    ...[id, "finished", false, "half of it"],
  ]);
  assertEquals(run.followup_prompt, followup);
  assertEquals(run.notes, 'a "quote" and {"json": true}');
  assertStringIncludes(`${run.changes}`, "1 file changed");
  assertStringIncludes(
    `${waited.data.next}`,
    `resume with parent_run_id "${id}"`,
  );
  assertStringIncludes(waited.text, "half of it");

  const shown = await mcp.call("show", { run_id: "@last" });
  assertEquals(shown.data.run, run);
  const full = await mcp.call("show", { run_id: id, full: true });
  assertEquals(full.data.record.prompt, undefined);
  assertEquals(full.data.record, await stage.show(id));

  const resumed = await mcp.call("resume", {
    parent_run_id: id,
    profile: "deep",
  });
  assert(!resumed.isError, resumed.text);
  assertEquals(resumed.data.parent_run_id, id);
  const second = await mcp.call("wait", { run_ids: [resumed.data.run_id] });
  assertEquals(second.data.ended[0]?.goal_met, true);
  assertEquals(second.data.ended[0]?.profile, "deep");
  assertEquals(second.data.next, undefined);

  const listed = await mcp.call("list", { limit: 1 });
  assertEquals(
    listed.data.runs.map(({ run_id }) => run_id),
    [resumed.data.run_id],
  );
  assertEquals(listed.data.more, true);
  assertEquals(mcp.said(), "");
});

Deno.test("send gives a worker its next turn, and says why it cannot", async () => {
  await using stage = await makeStage();
  await using mcp = await connectProcess(stage);
  const started = await mcp.call("start", {
    prompt: steps("Go astray", { hang: true }),
  });
  const id = started.data.run_id;
  const sent = await mcp.call("send", {
    run_id: id,
    message: steps("Turn round", resultStep(true, "turned")),
    now: true,
  });
  assert(!sent.isError, sent.text);
  assertEquals(sent.data as unknown, {
    run_id: id,
    message_id: 1,
    state: "queued",
    next: `call wait with run_ids ["${id}"]`,
  });
  const waited = await mcp.call("wait", { run_ids: [id] });
  assertEquals(waited.data.ended[0]?.summary, "turned");
  const shown = await mcp.call("show", { run_id: id, full: true });
  const [message] = shown.data.record["messages"] as Record<string, unknown>[];
  assertEquals([message?.["state"], message?.["from"]], [
    ...["answered", "orchestrator"],
  ]);
  const late = await mcp.call("send", { run_id: id, message: "More" });
  assert(late.isError);
  assertStringIncludes(late.text, `Cannot send to run "${id}": it has ended`);
  assertStringIncludes(late.text, "Next: wait for the run and call resume");
});

Deno.test("a prompt with 60 KB, JSON, every quote and control characters arrives byte for byte", async () => {
  await using stage = await makeStage();
  await using mcp = await connectProcess(stage);
  const prompt = steps("All of it", resultStep(true, "read")) +
    '\n{"a": "\\n"} \u00a0 $(touch evil) `x` \'"\r\n\x1b[31m\u2028 ü 🦕\n' +
    "x".repeat(60_000);
  const { data } = await mcp.call("start", { prompt });
  assertEquals(
    await Deno.readTextFile(stage.runFile(data.run_id, "prompt.md")),
    prompt,
  );
  await mcp.call("wait", { run_ids: [data.run_id] });
});

Deno.test("wait answers with those that have ended when time runs out, and again later", async () => {
  await using stage = await makeStage();
  await using mcp = await connectProcess(stage);
  const gate = join(stage.scratch.dir, "gate");
  const quick = await stage.start(steps("Quick", resultStep(true, "quick")));
  const slow = await stage.start(
    steps("Slow", { wait_for_file: gate }, resultStep(true, "slow")),
  );
  const any = await mcp.call("wait", { run_ids: [slow, quick], any: true });
  assertEquals(any.data.done, true);
  assertEquals(idsOf(any.data.ended), [quick]);
  assertEquals(idsOf(any.data.running), [slow]);

  const early = await mcp.call("wait", {
    run_ids: [quick, slow],
    timeout_seconds: 1,
  });
  assertEquals(early.isError, false);
  assertEquals([early.data.done, idsOf(early.data.ended)], [false, [quick]]);
  assertStringIncludes(early.text, "Timed out");
  assertStringIncludes(
    `${early.data.next}`,
    `call wait with run_ids ["${slow}"]`,
  );

  await Deno.writeTextFile(gate, "");
  const late = await mcp.call("wait", { run_ids: [slow] });
  assertEquals(late.data.ended[0]?.summary, "slow");
});

Deno.test("wait tells a client that asks how it goes: at each end and in between", async () => {
  await using stage = await makeStage();
  await using mcp = await connectHere(stage, { progressEveryMs: 50 });
  const gate = join(stage.scratch.dir, "gate");
  const first = await stage.start(steps("First", resultStep(true, "one")));
  const second = await stage.start(
    steps("Second", { wait_for_file: gate }, resultStep(false, "two")),
  );
  const heard: Progress[] = [];
  const ticked = Promise.withResolvers<void>();
  const wait = mcp.call("wait", { run_ids: [first, second] }, {
    onprogress: (progress) => {
      heard.push(progress);
      // After the first end, one that only says that it goes on.
      if (progress.message === "1 of 2 ended") ticked.resolve();
    },
  });
  await within("the wait tells of the first end", ticked.promise);
  await Deno.writeTextFile(gate, "");
  await within("the wait answers", wait);
  const ends = heard.filter(({ message }) => message?.includes("ended:"));
  assertEquals(ends.length, 2);
  assertStringIncludes(ends[0]?.message ?? "", "1 of 2 ended: ");
  assertStringIncludes(ends[0]?.message ?? "", "one");
  assertStringIncludes(ends[1]?.message ?? "", "goal not met");
  const numbers = heard.map(({ progress }) => progress);
  assertEquals(numbers, [...new Set(numbers)].sort((a, b) => a - b));
});

Deno.test("a cancelled wait ends, brings nothing, and leaves the result in the inbox", async () => {
  await using stage = await makeStage();
  await using mcp = await connectProcess(stage);
  const gate = join(stage.scratch.dir, "gate");
  const id = await stage.start(
    steps("Late", { wait_for_file: gate }, resultStep(true, "late")),
  );
  const controller = new AbortController();
  const wait = mcp.call("wait", { run_ids: [id] }, {
    signal: controller.signal,
  });
  const cancelled = wait.then(() => "answered", () => "cancelled");
  await mcp.call("show", { run_id: id });
  controller.abort("enough");
  assertEquals(await cancelled, "cancelled");

  await Deno.writeTextFile(gate, "");
  await stage.waitForFile(id, "meta.json", '"ended_at"');
  const inbox = await mcp.call("inbox");
  assertEquals(idsOf(inbox.data.runs), [id]);
  assertStringIncludes(`${inbox.data.next}`, "call wait");

  const again = await mcp.call("wait", { run_ids: [id] });
  assertEquals(again.data.ended[0]?.summary, "late");
  assertEquals((await mcp.call("inbox")).data.runs, []);
});

Deno.test("a cancelled wait ends in the server too", async () => {
  await using stage = await makeStage();
  let answers = 0;
  await using mcp = await connectHere(stage, { onAnswer: () => answers++ });
  const gate = join(stage.scratch.dir, "gate");
  const id = await stage.start(
    steps("Late", { wait_for_file: gate }, resultStep(true, "late")),
  );
  const controller = new AbortController();
  const wait = mcp.call("wait", { run_ids: [id] }, {
    signal: controller.signal,
  });
  await mcp.call("list");
  controller.abort("enough");
  await assertRejects(() => wait);
  const second = mcp.call("wait", { run_ids: [id] });
  await Deno.writeTextFile(gate, "");
  await second;
  await mcp.call("list");
  assertEquals(answers, 1);
});

Deno.test("ten starts at once, and one wait that brings ten results in 2 KB, and problems whole", async () => {
  await using stage = await makeStage();
  await using mcp = await connectProcess(stage);
  const start = (title: string, result: Record<string, unknown>) =>
    mcp.call("start", { title, prompt: steps("Do it", result) });
  const started = await Promise.all([
    ...Array.from(
      { length: 10 },
      (_, n) => start(`worker ${n}`, resultStep(true, `${n} `.repeat(200))),
    ),
    start("lost", resultStep(false, "half ".repeat(200), "go on ".repeat(200))),
  ]);
  assertEquals(
    started.filter(({ isError }) => isError).map(({ text }) => text),
    [],
  );
  const ids = started.map(({ data }) => data.run_id);
  assertEquals(new Set(ids).size, 11);
  const [problem = "", ...good] = ids.toReversed();
  const waited = await mcp.call("wait", { run_ids: good });
  assertEquals(idsOf(waited.data.ended), good);
  waited.data.ended.toReversed().forEach(({ summary }, n) =>
    assert(summary?.startsWith(`${n} ${n}`), summary)
  );
  assert(waited.bytes <= 2_000, `${waited.bytes} bytes`);
  const all = await mcp.call("wait", { run_ids: ids });
  const last = all.data.ended.at(-1);
  assertEquals(last?.run_id, problem);
  assertEquals(last?.summary, "half ".repeat(200));
  assertEquals(last?.followup_prompt, "go on ".repeat(200));
});

Deno.test("stop ends a run, and says so if it had already ended", async () => {
  await using stage = await makeStage();
  await using mcp = await connectProcess(stage);
  const id = await stage.start(steps("Hang", { say: "here" }, { hang: true }));
  await stage.waitForFile(id, "events.jsonl", "here");
  const wait = mcp.call("wait", { run_ids: [id] });
  const stopped = await mcp.call("stop", { run_ids: [id] });
  assertEquals(
    stopped.data.runs.map((
      { run_id, status, already, forced },
    ) => [run_id, status, already, forced]),
    [[id, "stopped", false, false]],
  );
  assertEquals(
    (await within("the wait answers", wait)).data.ended[0]?.status,
    "stopped",
  );
  const again = await mcp.call("stop", { run_ids: [id, id] });
  assertEquals(again.data.runs.length, 1);
  assertEquals(again.data.runs[0]?.already, true);
});

Deno.test("what is wrong is said in one line, with what to call next, and the server goes on", async () => {
  await using stage = await makeStage();
  await using mcp = await connectProcess(stage);
  const failing = async (name: string, args: Record<string, unknown>) => {
    const answer = await mcp.call(name, args);
    assert(answer.isError, `${name} ${JSON.stringify(args)}: ${answer.text}`);
    return answer.text;
  };
  const unknown = await failing("show", { run_id: "nothing" });
  assertStringIncludes(unknown, 'Cannot find run "nothing"');
  assertStringIncludes(unknown, "\nNext: call list");
  assertStringIncludes(
    await failing("wait", { run_ids: ["../../etc"] }),
    "an id is 1 to 64 letters",
  );
  const project = await failing("start", { prompt: "x", project: "shop" });
  assertStringIncludes(project, '"shop"');
  assertStringIncludes(
    project,
    "\nNext: call start again with an existing project",
  );
  assertStringIncludes(await failing("start", { prompt: " " }), "empty");
  assertStringIncludes(
    await failing("start", { prompt: "x", timeout: "soon" }),
    'Cannot use timeout "soon": give a duration',
  );
  // Never silently: a word that is not known, a sandbox that is not offered.
  assertStringIncludes(
    await failing("start", { prompt: "x", profil: "deep" }),
    '"profil"',
  );
  assertStringIncludes(
    await failing("start", { prompt: "x", sandbox: "danger-full-access" }),
    "sandbox",
  );
  assertStringIncludes(await failing("start", {}), "prompt");
  assertStringIncludes(await failing("wait", { run_ids: [] }), "run_ids");
  assertStringIncludes(await failing("list", { limit: 0 }), "limit");
  assertStringIncludes(await failing("dance", {}), "dance");

  const met = await stage.start(steps("Met", resultStep(true, "yes")));
  await mcp.call("wait", { run_ids: [met] });
  const resumed = await failing("resume", { parent_run_id: met });
  assertStringIncludes(resumed, "no follow-up prompt; give one as prompt");
  assertStringIncludes(resumed, "\nNext: ");

  await Deno.writeTextFile(stage.runFile(met, "meta.json"), "[]");
  assertStringIncludes(await failing("show", { run_id: met }), "is damaged");
  const list = await mcp.call("list");
  assertEquals([list.isError, list.data.damaged.length], [false, 1]);
  await Deno.writeTextFile(join(stage.workspace, "config.jsonc"), "{");
  assertStringIncludes(await failing("list", {}), "config.jsonc");
});

function idsOf(runs: { run_id: string }[]): string[] {
  return runs.map(({ run_id }) => run_id);
}
