import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import {
  type Answer,
  applyPatch,
  delayUntil,
  failed,
  finish,
  httpError,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";

function answer(goal_met: boolean, summary: string, followup_prompt = "") {
  return finish({ goal_met, summary, followup_prompt, notes: "" });
}

/** Adds a line to the greeting. */
function addLine(after: string, line: string): Answer {
  return applyPatch(`*** Begin Patch
*** Update File: greeting.txt
@@
 ${after}
+${line}
*** End Patch
`);
}

async function chainOf(
  stage: Stage,
  id: string,
): Promise<Record<string, unknown>[]> {
  const { stdout } = await stage.agentctl(["chain", id, "--json"]);
  return JSON.parse(stdout);
}

Deno.test("real Codex: spark fails twice and deep succeeds, in one chain with one notice and the failures in the third prompt", async () => {
  const attempts: Answer[][] = [
    [addLine("hello", "from one"), answer(true, "I greet")],
    [
      addLine("from one", "from two"),
      answer(false, "I cannot greet", "Greet in capitals"),
    ],
    [addLine("from two", "HELLO"), answer(true, "It greets in capitals")],
  ];
  await using server = startModelServer(scriptByPrompt(({ prompts }) => {
    const earlier = prompts[0]?.match(/^## Attempt \d/gm)?.length ?? 0;
    return attempts[earlier] ?? [];
  }));
  await using stage = await makeStage({ modelServer: server });
  const id = await stage.start(
    "Make the greeting loud",
    ...["--profile", "spark", "--escalate", "spark,deep"],
    ...["--verify", "grep HELLO greeting.txt || { echo no capitals; exit 3; }"],
  );
  const waited = await stage.agentctl(["wait", id, "--full"]);
  assertEquals(waited.code, 0, waited.stderr);
  const last = JSON.parse(waited.stdout);
  assertEquals(
    [last.profile, last.verified, last.summary],
    ["deep", true, "It greets in capitals"],
  );
  assertEquals(waited.stderr.trim().split("\n").length, 2);
  assertMatch(waited.stderr, /Attempt 1, run \S+ \(spark\): I greet/);

  const chain = await chainOf(stage, id);
  assertEquals(
    chain.map((run) => [run["profile"], run["goal_met"], run["root_run_id"]]),
    [["spark", false, id], ["spark", false, id], ["deep", true, id]],
  );
  const log = await Deno.readTextFile(join(stage.workspace, "notify.log"));
  assertEquals(
    log.trim().split("\n").map((line) => JSON.parse(line).run_id),
    [last.run_id],
  );

  // Each attempt is a thread of its own, whose requests begin with its prompt.
  const firsts = server.requests.filter(({ prompts }, index, all) =>
    all.findIndex((other) => other.prompts[0] === prompts[0]) === index
  );
  assertEquals(firsts.map(({ effort }) => effort), ["low", "low", "xhigh"]);
  const [, , third] = firsts;
  const prompt = third?.prompts[0] ?? "";
  for (
    const part of [
      "Make the greeting loud",
      "## Attempt 1 (spark)",
      "Its summary:\n\n```\nI greet\n```\n",
      "no capitals",
      "+from one",
      "## Attempt 2 (spark)",
      "Its summary:\n\n```\nI cannot greet\n```\n",
      "+from two",
      "Greet in capitals",
    ]
  ) assert(prompt.includes(part), `"${part}" is not in: ${prompt}`);
  assertEquals(server.scriptErrors, []);
});

Deno.test("real Codex: a worker whose server fails goes on in its thread with --retry", async () => {
  let edited = false;
  await using server = startModelServer(({ prompts }) => {
    if (prompts.length > 1) return answer(true, "Done after all");
    if (edited) return failed("server_error", "Something went wrong");
    edited = true;
    return addLine("hello", "half");
  });
  await using stage = await makeStage({ modelServer: server });
  const id = await stage.start("Greet", "--profile", "spark", "--retry", "2");
  const waited = await stage.agentctl(["wait", id, "--full"]);
  const last = JSON.parse(waited.stdout);
  assertEquals(
    [waited.code, last.summary, last.chain.cause],
    [0, "Done after all", "retry"],
    waited.stdout,
  );
  const [first] = await chainOf(stage, id);
  assertEquals(last.thread_id, first?.["thread_id"]);
  assertMatch(
    server.requests.at(-1)?.prompts.at(-1) ?? "",
    /^Your work was interrupted \(/,
  );
});

/** The next full minute that is far enough away: Codex tells the time of a reset in minutes. */
function nextMinute(): Date {
  const minute = 60_000;
  const least = Date.now() + 8_000;
  return new Date(Math.ceil(least / minute) * minute);
}

Deno.test("real Codex: a usage limit of one of ten pauses the profile, nobody starts before the reset, and afterwards all end", async () => {
  const gate = Promise.withResolvers<void>();
  const limited = Promise.withResolvers<Date>();
  let limits = 0;
  await using server = startModelServer(scriptByPrompt(({ prompts }) => {
    const [title = ""] = prompts;
    if (title.startsWith("limited") && limits++ === 0) {
      const resetsAt = nextMinute();
      limited.resolve(resetsAt);
      return [httpError(429, {
        error: {
          type: "usage_limit_reached",
          message: "The usage limit has been reached",
          plan_type: "plus",
          resets_at: resetsAt.getTime() / 1000,
        },
      })];
    }
    return title.startsWith("late") || title.startsWith("limited")
      ? [answer(true, title)]
      : [delayUntil(gate.promise, answer(true, title))];
  }));
  await using stage = await makeStage({ modelServer: server });
  const start = (title: string) =>
    stage.start(title, "--profile", "spark", "--title", title);
  const ids = await Promise.all(
    Array.from({ length: 9 }, (_, index) => start(`task ${index}`)),
  );
  for (let index = 0; index < 9; index++) {
    await server.waitForRequest(({ prompts }) =>
      prompts[0] === `task ${index}`
    );
  }
  const hit = await start("limited");
  const resetsAt = await limited.promise;
  await stage.waitForFile(hit, "meta.json", '"next_run_id": "2');
  const late = [await start("late 1"), await start("late 2")];
  for (const id of late) {
    const run = await stage.show(id);
    assertEquals(run["status"], "queued");
    assertMatch(String(run["waiting"]), /^spark is paused until .*usage limit/);
  }
  const list = await stage.agentctl(["list"]);
  assertMatch(list.stderr, /Profile spark is paused until /);
  const before = server.requests.length;
  gate.resolve();
  for (const id of ids) assertEquals((await stage.wait(id)).code, 0);
  // All slots are free, and yet nobody has asked before the time came.
  if (Date.now() < resetsAt.getTime()) {
    assertEquals(server.requests.length, before);
  }
  const rest = await stage.agentctl(["wait", hit, ...late, "--full"]);
  assertEquals(rest.code, 0, rest.stdout);
  const records: Record<string, string>[] = JSON.parse(rest.stdout);
  for (const record of records) {
    assert(
      Date.parse(record["started_at"] ?? "") >= resetsAt.getTime(),
      `${record["title"]} started before the reset`,
    );
  }
  assertEquals(limits, 2);
});

Deno.test("a run that another process kept from continuing a thread continues it a moment later", async () => {
  await using stage = await makeStage();
  const first = await stage.start(steps("Begin", resultStep(true, "begun")));
  const { record } = await stage.wait(first);
  const prompt = steps("Go on", {
    fail: "thread 01 already has an active writer",
  });
  const resumed = await stage.agentctl(
    ["resume", "--parent-run-id", first],
    { stdin: prompt },
  );
  assertEquals(resumed.code, 0, resumed.stderr);
  const id = resumed.stdout.trim();
  const waited = await stage.agentctl(["wait", id, "--no-follow", "--full"]);
  const ended = JSON.parse(waited.stdout);
  assertEquals([ended.status, ended.failure.class], ["failed", "busy"]);
  const meta = stage.runFile(ended.next_run_id, "meta.json");
  const text = await until(
    "the next attempt exists",
    async (see) => see(await Deno.readTextFile(meta).catch(() => "")),
  );
  const next = JSON.parse(text);
  assertEquals(
    [next.status, next.resumed_thread_id, next.chain.cause],
    ["queued", record["thread_id"], "retry"],
  );
  assert(Date.parse(next.not_before) - Date.parse(next.created_at) >= 6_000);
  assertEquals(
    await Deno.readTextFile(stage.runFile(next.run_id, "prompt.md")),
    prompt,
  );
});
