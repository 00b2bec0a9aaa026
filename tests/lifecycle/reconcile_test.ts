import { assert, assertEquals, assertRejects } from "@std/assert";
import { observeRun, reconcileRun } from "../../src/lifecycle/reconcile.ts";
import { waitForRuns } from "../../src/fleet/wait.ts";
import { writeStopRequest } from "../../src/lifecycle/stop_request.ts";
import { CorruptRecord, readRecord, RunNotFound } from "../../src/run/store.ts";
import { parseRunId } from "../../src/run/id.ts";
import { isEnded, type RunRecord } from "../../src/run/record.ts";
import { acquireLock } from "../../src/files/lock.ts";
import { listing } from "../workspace/make_workspace.ts";
import {
  finishedRecord,
  runningRecord,
  startingRecord,
} from "../run/sample_record.ts";
import { fleetStage } from "../fleet/fleet_stage.ts";

Deno.test("observeRun() believes a record whose supervisor holds the lock, and one that has ended", async () => {
  await using stage = await fleetStage();
  const records = [
    runningRecord({ run_id: "a" }),
    startingRecord({ run_id: "b" }),
    finishedRecord({ run_id: "c" }),
    { ...startingRecord({ run_id: "d" }), status: "queued" as const },
  ];
  for (const record of records) {
    const { id, files } = await stage.addRun(record);
    using _lock = await acquireLock(files.lock);
    assertEquals(await observeRun(stage.context, id), record);
    assertEquals(await reconcileRun(stage.context, id), record);
  }
  assertEquals(await stage.noticed(), []);
});

const LONG_AGO = new Date("2026-01-02T04:00:00Z");

Deno.test("observeRun() tells the end of a run that was left, and writes nothing", async () => {
  await using stage = await fleetStage([80, 24]);
  const cases: [RunRecord, string | null, string, string][] = [
    [
      runningRecord({ run_id: "lost" }),
      null,
      "lost",
      "died without reporting an end",
    ],
    [runningRecord({ run_id: "asked" }), "Enough", "stopped", "Enough"],
    [
      startingRecord({ run_id: "no-pane" }),
      null,
      "failed",
      "interrupted before the run had its pane",
    ],
    [
      startingRecord({ run_id: "closed", pane: stage.pane("%77") }),
      null,
      "failed",
      "The pane closed before the supervisor had started",
    ],
    [
      startingRecord({ run_id: "closed-2", pane: stage.pane("%77") }),
      "Enough",
      "stopped",
      "Enough",
    ],
    // The pane lives, but the supervisor should have been there long ago.
    [
      startingRecord({ run_id: "late", pane: stage.pane("%0") }),
      null,
      "failed",
      "before the supervisor had started",
    ],
  ];
  for (const [record, request, status, reason] of cases) {
    const { id, files } = await stage.addRun(record);
    if (request) await writeStopRequest(files, { reason: request });
    // It was made just now, and is to look as if it was made long ago.
    await Deno.utime(files.record, LONG_AGO, LONG_AGO);
    const before = await listing(stage.context.workspace.root);
    const seen = await observeRun(stage.context, id);
    assert(isEnded(seen));
    assertEquals(seen.status, status, record.run_id);
    assert(seen.reason.includes(reason), seen.reason);
    assertEquals(await observeRun(stage.context, id), seen);
    assertEquals(await listing(stage.context.workspace.root), before);

    assertEquals(await reconcileRun(stage.context, id), seen);
    assertEquals(await readRecord(stage.context.workspace, id), seen);
    assertEquals(await Deno.stat(files.env).catch(() => null), null);
  }
  assertEquals(
    await stage.noticed(),
    cases.map(([record]) => record.run_id),
  );
});

Deno.test("observeRun() gives a supervisor time to come to its pane", async () => {
  await using stage = await fleetStage([80, 24]);
  const record = startingRecord({
    created_at: new Date().toISOString(),
    pane: stage.pane("%0"),
  });
  const { id } = await stage.addRun(record);
  assertEquals(await reconcileRun(stage.context, id), record);
  await stage.tmux.tmux.kill();
  assertEquals((await reconcileRun(stage.context, id)).status, "failed");
});

Deno.test("reconcileRun() keeps what the run had learnt, and dates the end by the last sign of life", async () => {
  await using stage = await fleetStage();
  const usage = {
    input_tokens: 1,
    cached_input_tokens: 2,
    output_tokens: 3,
    reasoning_output_tokens: 4,
  };
  const record = runningRecord({
    usage,
    thread_id: "thread-7",
    supervisor_pid: 4_000_000,
    warnings: ["No diff"],
  });
  const { id, files } = await stage.addRun(record);
  await Deno.writeTextFile(files.events, "");
  const last = new Date("2031-01-02T03:05:06.000Z");
  await Deno.utime(files.events, last, last);
  const ended = await reconcileRun(stage.context, id);
  assert(isEnded(ended));
  assertEquals(ended.ended_at, last.toISOString());
  const { thread_id, supervisor_pid, warnings } = ended;
  assertEquals(
    [ended.usage, thread_id, supervisor_pid, warnings],
    [usage, "thread-7", 4_000_000, ["No diff"]],
  );
});

Deno.test("reconcileRun() writes an end once, also when many look at once", async () => {
  await using stage = await fleetStage();
  const { context } = stage;
  const ids = [];
  for (let i = 0; i < 5; i++) {
    ids.push((await stage.addRun(runningRecord({ run_id: `run-${i}` }))).id);
  }
  for (const id of ids) {
    const records = await Promise.all(
      Array.from({ length: 5 }, () => reconcileRun(context, id)),
    );
    const stored = await readRecord(context.workspace, id);
    assertEquals(stored.status, "lost");
    // To anybody who looks while another one writes, the run is in use.
    for (const record of records) {
      if (isEnded(record)) assertEquals(record, stored);
    }
    assert(records.some(isEnded));
  }
  assertEquals((await stage.noticed()).sort(), ids);
  const before = await listing(context.workspace.root);
  for (const id of ids) {
    const stored = await readRecord(context.workspace, id);
    assertEquals(await reconcileRun(context, id), stored);
  }
  assertEquals(await listing(context.workspace.root), before);
});

Deno.test("reconcileRun() ends what the worker left behind", async () => {
  await using stage = await fleetStage();
  // An id that no other run of the tests has.
  const run_id = crypto.randomUUID();
  const { id } = await stage.addRun(runningRecord({ run_id }));
  const child = new Deno.Command("sleep", {
    args: ["1000"],
    env: { AGENTCTL_RUN_ID: id },
  }).spawn();
  await reconcileRun(stage.context, id);
  assertEquals((await child.status).signal, "SIGTERM");
});

Deno.test("observeRun() reports a run that is not there or damaged, and leaves the file alone", async () => {
  await using stage = await fleetStage();
  await assertRejects(
    () => observeRun(stage.context, parseRunId("nope")),
    RunNotFound,
  );
  const { id, files } = await stage.addRun(runningRecord());
  await Deno.writeTextFile(files.record, "{ half");
  for (const look of [observeRun, reconcileRun]) {
    await assertRejects(() => look(stage.context, id), CorruptRecord);
  }
  await assertRejects(
    () => waitForRuns(stage.context, [id]),
    CorruptRecord,
  );
  assertEquals(await Deno.readTextFile(files.record), "{ half");
});
