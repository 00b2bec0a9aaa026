import { assertEquals, assertRejects } from "@std/assert";
import { waitForRuns } from "../../src/fleet/wait.ts";
import { parseRunId } from "../../src/run/id.ts";
import { RunNotFound, writeRecord } from "../../src/run/store.ts";
import { acquireLock } from "../../src/files/lock.ts";
import { finishedRecord, runningRecord } from "../run/sample_record.ts";
import { type FleetStage, fleetStage } from "./fleet_stage.ts";
import { within } from "../support/until.ts";

Deno.test("waitForRuns() returns at once for runs that have ended, in the order of the ids", async () => {
  await using stage = await fleetStage();
  const a = await stage.addRun(finishedRecord({ run_id: "a" }));
  const b = await stage.addRun(runningRecord({ run_id: "b" }));
  const seen: string[] = [];
  const records = await waitForRuns(stage.context, [b.id, a.id], {
    onEnd: (record) => seen.push(record.run_id),
  });
  assertEquals(
    records.map(({ run_id, status }) => [run_id, status]),
    [["b", "lost"], ["a", "finished"]],
  );
  assertEquals(seen.sort(), ["a", "b"]);
  assertEquals(await waitForRuns(stage.context, []), []);
});

Deno.test({
  name: "waitForRuns() wakes by the record, while its supervisor still lives",
  // Its wait for the lock ends with the lock.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using stage = await fleetStage();
    const { id, lock } = await heldRun(stage, "a");
    const waiting = waitForRuns(stage.context, [id]);
    const final = finishedRecord({ run_id: "a" });
    await writeRecord(stage.context.workspace, {
      ...runningRecord({ run_id: "a" }),
      activity: "runs make",
    });
    await writeRecord(stage.context.workspace, final);
    assertEquals(await soon(waiting), [final]);
    lock.release();
  },
});

Deno.test("waitForRuns() wakes by the lock, when the supervisor dies without a word", async () => {
  await using stage = await fleetStage();
  const { id, lock } = await heldRun(stage, "a");
  const waiting = waitForRuns(stage.context, [id]);
  // Time to look at the run, which still has its supervisor, and to wait.
  await new Promise((resolve) => setTimeout(resolve, 100));
  lock.release();
  const [record] = await soon(waiting);
  assertEquals(record?.status, "lost");
});

Deno.test({
  name: "waitForRuns() with `any` returns what has ended when the first has",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using stage = await fleetStage();
    const a = await heldRun(stage, "a");
    const b = await heldRun(stage, "b");
    const waiting = waitForRuns(stage.context, [a.id, b.id], { any: true });
    await writeRecord(
      stage.context.workspace,
      finishedRecord({ run_id: "b" }),
    );
    assertEquals((await soon(waiting)).map((record) => record.run_id), ["b"]);
    a.lock.release();
    b.lock.release();
  },
});

Deno.test({
  name: "waitForRuns() waits for more runs than Deno has threads for files",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using stage = await fleetStage();
    const runs: Awaited<ReturnType<typeof heldRun>>[] = [];
    for (let i = 0; i < 40; i++) runs.push(await heldRun(stage, `run-${i}`));
    const ids = runs.map((run) => run.id);
    const waiting = waitForRuns(stage.context, ids, { any: true });
    const all = waitForRuns(stage.context, ids);
    // Time to look at all of them, and to wait for their locks.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const final = finishedRecord({ run_id: "run-39" });
    await writeRecord(stage.context.workspace, final);
    assertEquals(await soon(waiting), [final]);
    for (const { lock } of runs) lock.release();
    assertEquals((await soon(all)).length, 40);
  },
});

Deno.test({
  name: "waitForRuns() returns what has ended when its signal aborts",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using stage = await fleetStage();
    const a = await heldRun(stage, "a");
    const b = await stage.addRun(finishedRecord({ run_id: "b" }));
    const starting = await heldRun(stage, "c");
    const abort = new AbortController();
    const waiting = waitForRuns(stage.context, [a.id, b.id, starting.id], {
      signal: abort.signal,
    });
    abort.abort();
    assertEquals((await soon(waiting)).map((record) => record.run_id), ["b"]);
    const before = await waitForRuns(stage.context, [a.id], {
      signal: AbortSignal.abort(),
      any: true,
    });
    assertEquals(before, []);
    a.lock.release();
    starting.lock.release();
  },
});

Deno.test({
  name:
    "waitForRuns() throws for a run that is removed meanwhile, and ends all its waits",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using stage = await fleetStage();
    const a = await heldRun(stage, "a");
    const b = await heldRun(stage, "b");
    const waiting = assertRejects(
      () => waitForRuns(stage.context, [a.id, b.id]),
      RunNotFound,
    );
    await Deno.remove(b.files.folder, { recursive: true });
    b.lock.release();
    await soon(waiting);
    a.lock.release();
  },
});

Deno.test("waitForRuns() throws for a run that is not there", async () => {
  await using stage = await fleetStage();
  await assertRejects(
    () => waitForRuns(stage.context, [parseRunId("nope")]),
    RunNotFound,
  );
});

/** The end of a wait, which must not hang. */
function soon<T>(waiting: Promise<T>): Promise<T> {
  return within("the wait ends", waiting, { within: 20_000 });
}

/** A run whose supervisor lives: the test is the supervisor. */
async function heldRun(stage: FleetStage, run_id: string) {
  const run = await stage.addRun(runningRecord({ run_id }));
  return { ...run, lock: await acquireLock(run.files.lock) };
}
