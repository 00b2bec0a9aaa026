import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { releaseRun } from "../../src/fleet/release.ts";
import { stopRun } from "../../src/fleet/stop.ts";
import { waitForRuns } from "../../src/fleet/wait.ts";
import { observeRun, reconcileRun } from "../../src/lifecycle/reconcile.ts";
import { readStopRequest } from "../../src/lifecycle/stop_request.ts";
import { freeDeadSlots, pumpQueue } from "../../src/lifecycle/pump.ts";
import { pumpQuietly } from "../../src/lifecycle/pump_quietly.ts";
import { claimRuns } from "../../src/queue/queue.ts";
import {
  activeIds,
  enterQueue,
  takeSlot,
} from "../../src/queue/queue_files.ts";
import { waitingReason } from "../../src/queue/waiting_reason.ts";
import { beginRun, idsInMaking, sweepUnmade } from "../../src/run/new_run.ts";
import { parseRunId } from "../../src/run/id.ts";
import { isEnded, type RunRecord } from "../../src/run/record.ts";
import { readRecord, runFiles, writeRecord } from "../../src/run/store.ts";
import { thisHost, thisHostSince } from "../../src/system/host.ts";
import { acquireLock } from "../../src/files/lock.ts";
import { until } from "../support/until.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { runFacts } from "../../src/view/run_facts.ts";
import { presentRun } from "../../src/view/present_run.ts";
import { type FleetStage, fleetStage } from "../fleet/fleet_stage.ts";
import {
  finishedRecord,
  queuedRecord,
  runningRecord,
  startingRecord,
} from "../run/sample_record.ts";
import { listing } from "../workspace/make_workspace.ts";

/** Another machine that shares the home; nobody here sees its locks. */
const OTHER = { name: "build-2", boot: "another", machine: "another" };

/** As if this machine had been restarted. */
async function beforeRestart() {
  const boot = "00000000-0000-4000-8000-000000000000";
  return { ...await thisHost(), boot };
}

/** A run that has a slot. */
async function addActive(stage: FleetStage, record: RunRecord) {
  const { workspace } = stage.context;
  const run = await stage.addRun(record);
  await enterQueue(workspace, run.id);
  await takeSlot(workspace, run.id);
  return run;
}

Deno.test("nobody calls a run of another machine lost, whatever its lock seems to say", async () => {
  await using stage = await fleetStage();
  const { context } = stage;
  const runs = [
    runningRecord({ run_id: "a", host: OTHER }),
    startingRecord({ run_id: "b", host: OTHER }),
    queuedRecord("c", { host: OTHER }),
  ];
  for (const record of runs) await addActive(stage, record);
  const ended = finishedRecord({ run_id: "d", host: OTHER });
  const { id } = await addActive(stage, ended);
  const before = await listing(context.workspace.state);
  for (const record of runs) {
    const id = parseRunId(record.run_id);
    assertEquals(await observeRun(context, id), record);
    assertEquals(await reconcileRun(context, id), record);
  }
  // Its own machine may be about to settle it.
  assertEquals(await freeDeadSlots(context), 0);
  await pumpQuietly(context);
  const changed = (await listing(context.workspace.state)).filter((line) =>
    !/queue\.lock/.test(line)
  );
  const folder = `${context.workspace.state} `;
  assertEquals(
    changed.filter((line) => !line.startsWith(folder)),
    before.filter((line) => !line.startsWith(folder)),
  );
  assertEquals((await activeIds(context.workspace)).sort().at(-1), id);
});

Deno.test("a run of this machine from before it was restarted is lost", async () => {
  await using stage = await fleetStage();
  const { id } = await addActive(
    stage,
    runningRecord({ run_id: "a", host: await beforeRestart() }),
  );
  await pumpQueue(stage.context);
  assertEquals((await readRecord(stage.context.workspace, id)).status, "lost");
  assertEquals(await activeIds(stage.context.workspace), []);
  assertEquals(await stage.noticed(), ["a"]);
});

Deno.test("a lock that outlives its machine, on a file server, does not keep a run alive", async () => {
  await using stage = await fleetStage();
  const { files, id } = await stage.addRun(
    runningRecord({ run_id: "a", host: await beforeRestart() }),
  );
  const lock = await acquireLock(files.lock);
  assertEquals((await observeRun(stage.context, id)).status, "running");
  const silent = new Date(Date.now() - 11 * 60_000);
  for (const path of [files.record, files.lock]) {
    await Deno.utime(path, silent, silent);
  }
  assertEquals((await observeRun(stage.context, id)).status, "lost");
  // It is told, but not written before the lock is free.
  assertEquals((await reconcileRun(stage.context, id)).status, "running");
  lock.release();
  assertEquals((await reconcileRun(stage.context, id)).status, "lost");
});

Deno.test("a container that got another name knows its runs again", async () => {
  await using stage = await fleetStage();
  const host = await thisHostSince(stage.context.caller.env);
  const { id } = await stage.addRun(
    runningRecord({ run_id: "a", host: { ...host, name: "c0ffee" } }),
  );
  assertEquals((await reconcileRun(stage.context, id)).status, "lost");
});

Deno.test("list and show say on which machine a run is, and when it was last heard of", async () => {
  await using stage = await fleetStage();
  const { workspace } = stage.context;
  const { id, files } = await stage.addRun(
    runningRecord({
      run_id: "a",
      host: OTHER,
      created_at: new Date(Date.now() - 3_600_000).toISOString(),
    }),
  );
  const heard = new Date(Date.now() - 5 * 60_000);
  await Deno.utime(files.record, heard, heard);
  const facts = await runFacts(workspace, await observeRun(stage.context, id));
  assertEquals(facts.elsewhere, "running on build-2, last sign of life 5m ago");
  const shown = await presentRun(workspace, facts);
  assertEquals([shown["elsewhere"], shown["host"]], [facts.elsewhere, OTHER]);
  // Also if the worker has nothing to say.
  await Deno.writeTextFile(files.lock, "");
  assertStringIncludes(
    (await runFacts(workspace, await readRecord(workspace, id))).elsewhere ??
      "",
    "just now",
  );
});

Deno.test("only the machine that made a run starts or releases it", async () => {
  await using stage = await fleetStage();
  const { context } = stage;
  const { workspace } = context;
  const record = queuedRecord("a", { host: OTHER });
  const held = queuedRecord("b", { host: OTHER, held: true });
  for (const one of [record, held]) {
    await stage.addRun(one);
    await enterQueue(workspace, parseRunId(one.run_id));
  }
  const { claims, waiting } = await claimRuns(workspace);
  assertEquals([claims.length, waiting], [0, true]);
  assertEquals(
    await waitingReason(workspace, record),
    "for build-2, where it was started",
  );
  await assertRejects(
    () => releaseRun(context, parseRunId("b")),
    AgentctlError,
    "release it there",
  );
});

Deno.test("the slot of another machine counts until it has been silent for ten minutes", async () => {
  await using stage = await fleetStage();
  const { workspace } = stage.context;
  workspace.config.max_parallel = 1;
  const { id, files } = await addActive(
    stage,
    runningRecord({ run_id: "a", host: OTHER }),
  );
  await stage.addRun(queuedRecord("mine"));
  await enterQueue(workspace, parseRunId("mine"));
  assertEquals((await claimRuns(workspace)).full, true);
  const silent = new Date(Date.now() - 11 * 60_000);
  await Deno.utime(files.record, silent, silent);
  const { claims } = await claimRuns(workspace);
  assertEquals(claims.map(({ id }) => id as string), ["mine"]);
  for (const { lock } of claims) lock.release();
  // It may only be asleep.
  assertEquals((await readRecord(workspace, id)).status, "running");
});

Deno.test("what another machine is making is left to it", async () => {
  await using stage = await fleetStage();
  const { workspace } = stage.context;
  const id = parseRunId("a");
  {
    using run = await beginRun(workspace, id, () => id);
    await Deno.writeTextFile(run.files.lock, JSON.stringify(OTHER));
  }
  assertEquals(await sweepUnmade(workspace), 0);
  assertEquals(await idsInMaking(workspace), [id]);
});

Deno.test({
  name:
    "wait for a run of another machine does not believe its lock, and sees its end",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using stage = await fleetStage();
    const { workspace } = stage.context;
    const record = runningRecord({ run_id: "a", host: OTHER });
    const { id, files } = await stage.addRun(record);
    await Deno.writeTextFile(files.lock, "");
    let looks = 0;
    const { lstat } = Deno;
    // Every look at the record looks at its folder first.
    Deno.lstat = (path) => {
      if (path === files.folder) looks++;
      return lstat(path);
    };
    try {
      const waiting = waitForRuns(stage.context, [id]);
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert(looks < 20, `It has looked ${looks} times`);
      const final = finishedRecord({ run_id: "a", host: OTHER });
      await writeRecord(workspace, final);
      assertEquals(await waiting, [final]);
    } finally {
      Deno.lstat = lstat;
    }
  },
});

Deno.test({
  name:
    "stop asks another machine, and ends a run only of one that has long been silent",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using stage = await fleetStage();
    const { context } = stage;
    const { id } = await stage.addRun(
      runningRecord({ run_id: "a", host: OTHER }),
    );
    const stopping = stopRun(context, id, "Enough");
    const files = runFiles(context.workspace, id);
    // As its own machine does when it sees the request.
    await until("it is asked to stop", () => readStopRequest(files));
    await writeRecord(
      context.workspace,
      finishedRecord({ run_id: "a", host: OTHER }),
    );
    assertEquals((await stopping).record.status, "finished");

    const dead = await addActive(
      stage,
      runningRecord({ run_id: "b", host: OTHER }),
    );
    const silent = new Date(Date.now() - 11 * 60_000);
    await Deno.utime(dead.files.record, silent, silent);
    const { record } = await stopRun(context, dead.id, "Enough");
    assert(isEnded(record));
    assertEquals([record.status, record.ended_at], [
      "stopped",
      silent.toISOString(),
    ]);
    assertStringIncludes(record.reason, "Enough; build-2");
    assertEquals(await activeIds(context.workspace), []);
  },
});
