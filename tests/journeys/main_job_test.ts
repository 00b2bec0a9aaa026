import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";

Deno.test("start prints the id and nothing else, and wait brings the result", async () => {
  await using stage = await makeStage();
  const prompt = steps(
    "Greet in capitals",
    { write: { path: "greeting.txt", text: "HELLO\n" } },
    { write: { path: "new.txt", text: "untracked\n" } },
    resultStep(true, "It greets in capitals"),
  );
  const started = await stage.agentctl(["start"], { stdin: prompt });
  assertEquals(started.code, 0, started.stderr);
  assertMatch(started.stdout, /^\d{8}-\d{6}-[0-9a-f]{4}\n$/);
  assertEquals(started.stderr, "");

  const id = started.stdout.trim();
  const { record, code } = await stage.wait(id);
  assertEquals(code, 0);
  assertEquals(record["run_id"], id);
  assertEquals(record["title"], "Greet in capitals");
  assertEquals(record["status"], "finished");
  assertEquals(record["goal_met"], true);
  assertEquals(record["summary"], "It greets in capitals");
  assertStringIncludes(String(record["git_diff_stat"]), "greeting.txt");
  assertStringIncludes(String(record["git_diff_stat"]), "new.txt");
  assertEquals(record["stand_in"], true);
  assertEquals(Object.keys(record).slice(0, 10), [
    "run_id",
    "title",
    "status",
    "goal_met",
    "words_of",
    "summary",
    "followup_prompt",
    "notes",
    "exit_code",
    "git_diff_stat",
  ]);
  assertStringIncludes(
    await Deno.readTextFile(stage.runFile(id, "diff.patch")),
    "+HELLO",
  );
  // The supervisor tidies up after it has written the end, which wait may see first.
  await until("what only the supervisor needs is gone", (see) => {
    const left = [...Deno.readDirSync(stage.runFile(id, "."))]
      .map(({ name }) => name);
    return see(
      left.filter((name) => ["env.json", "git", "requests"].includes(name)),
    ).length === 0;
  });
});

Deno.test("start makes a large detached session when there is none", async () => {
  await using stage = await makeStage();
  const id = await stage.start(steps("One", resultStep(true, "done")));
  await stage.wait(id);
  const { stdout } = await new Deno.Command("tmux", {
    args: [
      "list-windows",
      "-a",
      "-F",
      "#{session_name} #{window_width}x#{window_height}",
    ],
    env: stage.env,
    clearEnv: true,
  }).output();
  assertMatch(new TextDecoder().decode(stdout), /^ai 220x(49|50)\n$/);
});

Deno.test("wait tells the outcome by its exit code", async () => {
  await using stage = await makeStage();
  const met = await stage.start(steps("Met", resultStep(true, "yes")));
  const unmet = await stage.start(steps("Unmet", resultStep(false, "no")));
  const failed = await stage.start(
    steps("Failed", { fail: "The model is gone" }),
  );
  // Without a session it cannot be asked again.
  const noResult = await stage.start(
    steps("Text", { result_text: "All done!" }),
    "--ephemeral",
  );
  assertEquals((await stage.wait(met)).code, 0);
  assertEquals((await stage.wait(unmet)).code, 1);
  const failure = await stage.wait(failed);
  assertEquals(failure.code, 4);
  assertEquals(failure.record["status"], "failed");
  assertStringIncludes(String(failure.record["reason"]), "The model is gone");
  assertEquals((await stage.wait(noResult)).code, 1);

  const all = await stage.agentctl(["wait", met, unmet, failed]);
  assertEquals(all.code, 4);
  assertEquals(
    JSON.parse(all.stdout).map((record: { run_id: string }) => record.run_id),
    [met, unmet, failed],
  );
  const any = await stage.agentctl(["wait", unmet, met, "--any"]);
  assertEquals(
    any.stdout.trim().split("\n").map((line) => JSON.parse(line).goal_met),
    [false, true],
  );
});

Deno.test("wait with --any returns when the first run ends, and with --timeout says how to go on", async () => {
  await using stage = await makeStage();
  const gate = join(stage.scratch.dir, "gate");
  const held = await stage.start(
    steps("Held", { wait_for_file: gate }, resultStep(true, "at last")),
  );
  const quick = await stage.start(steps("Quick", resultStep(true, "quick")));

  const any = await stage.agentctl(["wait", held, quick, "--any"]);
  assertEquals(any.code, 0);
  assertEquals(JSON.parse(any.stdout).run_id, quick);
  assertStringIncludes(any.stderr, held);

  const timedOut = await stage.agentctl(["wait", held, "--timeout", "300ms"]);
  assertEquals(timedOut.code, 124);
  assertEquals(JSON.parse(timedOut.stdout).status, "running");
  assertStringIncludes(timedOut.stderr, `agentctl wait ${held}`);

  await Deno.writeTextFile(gate, "");
  assertEquals((await stage.wait(held)).code, 0);
});

Deno.test("resume continues the thread with the parent's follow-up prompt", async () => {
  await using stage = await makeStage();
  const followup = steps("Finish it", resultStep(true, "finished"));
  const parent = await stage.start(
    steps("Begin", resultStep(false, "half", followup)),
    "--profile",
    "spark",
  );
  const before = await stage.wait(parent);

  const resumed = await stage.agentctl([
    "resume",
    "--parent-run-id",
    parent.slice(0, -1),
    "--profile",
    "deep",
  ]);
  assertEquals(resumed.code, 0, resumed.stderr);
  const { record, code } = await stage.wait(resumed.stdout.trim());
  assertEquals(code, 0);
  assertEquals(record["thread_id"], before.record["thread_id"]);
  assertEquals(record["parent_run_id"], parent);
  assertEquals(record["root_run_id"], parent);
  assertEquals(record["profile"], "deep");
  assertEquals(record["summary"], "finished");
  assertEquals(
    await Deno.readTextFile(stage.runFile(resumed.stdout.trim(), "prompt.md")),
    followup,
  );
});

Deno.test("resume says why it cannot: ephemeral, still running, no follow-up prompt", async () => {
  await using stage = await makeStage();
  const gate = join(stage.scratch.dir, "gate");
  const ephemeral = await stage.start(
    steps("E", resultStep(false, "no", "go on")),
    "--ephemeral",
  );
  const running = await stage.start(
    steps("R", { wait_for_file: gate }, resultStep(true, "yes")),
  );
  await stage.wait(ephemeral);

  const first = await stage.agentctl(["resume", "--parent-run-id", ephemeral]);
  assertEquals(first.code, 2);
  assertStringIncludes(first.stderr, "--ephemeral");
  const second = await stage.agentctl(["resume", "--parent-run-id", running]);
  assertEquals(second.code, 2);
  assertStringIncludes(second.stderr, "still");
  await Deno.writeTextFile(gate, "");
  await stage.wait(running);
  const third = await stage.agentctl(["resume", "--parent-run-id", running]);
  assertEquals(third.code, 2);
  assertStringIncludes(third.stderr, "no follow-up prompt");
});

Deno.test("a result that is not JSON is repaired by one more turn in the same thread", async () => {
  await using stage = await makeStage();
  // The stand-in answers the repair prompt, which has no steps, with a default result.
  const id = await stage.start(steps("Text", { result_text: "All is well!" }));
  const { record } = await stage.wait(id);
  const events = await Deno.readTextFile(stage.runFile(id, "events.jsonl"));
  assertEquals(events.split('"type":"turn.completed"').length - 1, 2);
  assertEquals(
    new Set(
      [...events.matchAll(/"thread_id":"([^"]+)"/g)].map((match) => match[1]),
    ).size,
    1,
  );
  assertEquals(record["result"], "repaired");
});

Deno.test("list shows the newest first in a table that fits, and filters", async () => {
  await using stage = await makeStage();
  const first = await stage.start(
    steps("The first one", resultStep(true, "1")),
  );
  await stage.wait(first);
  const second = await stage.start(steps("The second one", { fail: "no" }));
  await stage.wait(second);

  const table = await stage.agentctl(["list"], { env: { COLUMNS: "70" } });
  const lines = table.stdout.trimEnd().split("\n");
  assertEquals(lines.length, 3);
  assertStringIncludes(lines[1] ?? "", second.slice(-4));
  assertStringIncludes(lines[2] ?? "", first.slice(-4));
  assert(lines.every((line) => line.length <= 70), table.stdout);
  assert(!table.stdout.includes("\x1b"));

  const failed = JSON.parse(
    (await stage.agentctl(["list", "--status", "failed", "--json"])).stdout,
  );
  assertEquals(failed.map((record: { run_id: string }) => record.run_id), [
    second,
  ]);
  const limited = JSON.parse(
    (await stage.agentctl(["list", "--limit", "1", "--json"])).stdout,
  );
  assertEquals(limited.length, 1);
});

Deno.test("tail shows runs as they end", async () => {
  await using stage = await makeStage();
  const first = await stage.start(steps("One", resultStep(true, "one")));
  await stage.wait(first);
  const tail = stage.spawn(["tail", "-n", "1", "--json"]);
  const reader = tail.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals(JSON.parse((await reader.read()).value ?? "").run_id, first);
  const second = await stage.start(steps("Two", resultStep(false, "two")));
  const notice = JSON.parse((await reader.read()).value ?? "");
  assertEquals([notice.run_id, notice.goal_met, notice.summary], [
    second,
    false,
    "two",
  ]);
  tail.kill();
  await tail.status;
  await reader.cancel();
  await tail.stderr.cancel();
});

Deno.test("stop ends a run, its worker and what that started", async () => {
  await using stage = await makeStage();
  const id = await stage.start(
    steps("Hang", { say: "here" }, { ignore_signals: true }, { hang: true }),
  );
  await stage.waitForFile(id, "events.jsonl", "here");
  const stopped = await stage.agentctl(["stop", id, "--json"]);
  assertEquals(stopped.code, 0, stopped.stderr);
  assertEquals(JSON.parse(stopped.stdout), [{
    run_id: id,
    status: "stopped",
    ended_by: ["SIGINT", "SIGTERM", "SIGKILL"],
    already: false,
    forced: false,
  }]);
  const { record, code } = await stage.wait(id);
  assertEquals([code, record["status"]], [4, "stopped"]);

  const again = await stage.agentctl(["stop", id]);
  assertEquals(again.code, 0);
  assertStringIncludes(again.stderr, "had already ended");
});

Deno.test("--timeout ends a run that takes too long", async () => {
  await using stage = await makeStage();
  const id = await stage.start(
    steps("Hang", { hang: true }),
    "--timeout",
    "1s",
  );
  const { record, code } = await stage.wait(id);
  assertEquals([code, record["status"]], [4, "timed_out"]);
  assertStringIncludes(String(record["reason"]), "1 s");
});
