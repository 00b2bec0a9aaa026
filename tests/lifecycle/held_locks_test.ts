import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { sessionStart } from "../../src/claude/hooks/session_start.ts";
import { acquireLock, type Lock, LockBusy } from "../../src/files/lock.ts";
import { resolveTargets } from "../../src/fleet/resolve_targets.ts";
import { stopRuns } from "../../src/fleet/stop_runs.ts";
import { waitForEnds } from "../../src/fleet/wait.ts";
import { driveQueue } from "../../src/lifecycle/drive_queue.ts";
import {
  makeAttempt,
  withNextAttempt,
} from "../../src/lifecycle/make_attempt.ts";
import { pumpQueue } from "../../src/lifecycle/pump.ts";
import { writeStopRequest } from "../../src/lifecycle/stop_request.ts";
import { guardRegistry } from "../../src/guard/protection.ts";
import {
  enterQueue,
  leaveQueue,
  takeSlot,
} from "../../src/queue/queue_files.ts";
import { parseRunId } from "../../src/run/id.ts";
import { endedRecord } from "../../src/run/end.ts";
import { addMessage, closeMailbox } from "../../src/run/messages.ts";
import {
  type EndedRecord,
  type RunRecord,
  SINGLE_ATTEMPT,
} from "../../src/run/record.ts";
import { listRunIds, readRecord, runFiles } from "../../src/run/store.ts";
import { exists } from "../../src/files/exists.ts";
import { homeWorkspace } from "../../src/workspace/state_folder.ts";
import { holdPlaceholders } from "../../src/workspace/placeholders.ts";
import { workspacePaths } from "../../src/workspace/workspace.ts";
import { callCli } from "../cli/call_cli.ts";
import { type FleetStage, fleetStage } from "../fleet/fleet_stage.ts";
import { fakeClaude } from "../owners/fake_claude.ts";
import {
  finishedRecord,
  queuedRecord,
  runningRecord,
} from "../run/sample_record.ts";
import { until, within } from "../support/until.ts";

/** Long enough on a busy machine, and nothing beside a lock that is never free. */
const SOON = { within: 15_000 };

/** A run that has ended and whose next attempt is to be made. */
function handedOn(): EndedRecord {
  return withNextAttempt(endedRecord(
    runningRecord({
      run_id: "a",
      chain: { ...SINGLE_ATTEMPT, retries: 1, max_attempts: 3 },
    }),
    {
      ...{ status: "lost", endedAt: new Date(), reason: "It died" },
      failure: { class: "killed", message: "It died", remedy: "Again" },
    },
  ));
}

async function add(
  stage: FleetStage,
  record: RunRecord,
  where?: "queue" | "active",
) {
  const run = await stage.addRun(record);
  await Deno.writeTextFile(run.files.prompt, "Do it");
  if (where) await enterQueue(stage.context.workspace, run.id);
  if (where === "active") await takeSlot(stage.context.workspace, run.id);
  return run;
}

/** As if their holders had been stopped, with Ctrl-Z for example. */
async function holdAll(paths: readonly string[]): Promise<Lock[]> {
  return await Promise.all(paths.map((path) => acquireLock(path)));
}

Deno.test("whoever looks never waits for a lock that somebody keeps", async () => {
  await using stage = await fleetStage();
  const { context } = stage;
  const { workspace, caller } = context;
  const { env } = await fakeClaude({
    ...{ env: caller.env, session: "aaaa", pid: 1001, folder: "/" },
  });
  await Deno.mkdir(join(homeWorkspace(env), "guards"), { recursive: true });
  // An end that somebody settles, one that is written just now, and one that has gone wrong for good.
  const settling = await add(stage, finishedRecord({ run_id: "a" }), "queue");
  const hopeless = await add(
    stage,
    queuedRecord("b", { after: ["no-such-run"] }),
    "queue",
  );
  const asked = await add(stage, queuedRecord("c"), "queue");
  await writeStopRequest(asked.files, { reason: "Enough" });
  const dead = await add(stage, runningRecord({ run_id: "d" }), "active");
  const unread = await add(stage, finishedRecord({ run_id: "e" }));
  const ofRuns = await holdAll(
    [settling, hopeless, asked].map(({ files }) => files.lock),
  );
  const shared = [
    ...[workspacePaths.queueLock, workspacePaths.layoutLock]
      .map((path) => path(workspace)),
    workspacePaths.driverLock(workspace),
    join(guardRegistry(env), "lock"),
    join(homeWorkspace(env), "sessions.lock"),
  ];
  const ofAll = await holdAll(shared);
  const call = async (...argv: string[]) => {
    const { code, stdout, stderr } = await within(
      `agentctl ${argv.join(" ")}`,
      callCli(argv, {
        cwd: stage.tmux.folder,
        env: { ...env, AI_ORCH_HOME: workspace.root },
      }),
      SOON,
    );
    assertEquals(code, 0, stderr);
    return stdout;
  };
  const look = async () => {
    assertStringIncludes(await call("list", "--all", "--everyone"), unread.id);
    await call("inbox", "--everyone");
    await call("show", unread.id);
    const told = await within(
      "a session begins",
      sessionStart({
        cwd: "/",
        env: { ...env, AI_ORCH_HOME: workspace.root },
      }, "startup"),
      SOON,
    );
    assertStringIncludes(told ?? "", settling.id);
  };
  await look();
  // With these free, all that can be done is done, and the rest left alone.
  for (const lock of ofAll) lock.release();
  await look();
  assertEquals((await readRecord(workspace, dead.id)).status, "lost");
  assertEquals((await readRecord(workspace, hopeless.id)).status, "queued");
  for (const lock of ofRuns) lock.release();
  await pumpQueue(context);
  const statuses = await Promise.all(
    [hopeless, asked].map(async ({ id }) =>
      (await readRecord(workspace, id)).status
    ),
  );
  assertEquals(statuses, ["stopped", "stopped"]);
});

Deno.test("acquireLock() gives up and names the lock", async () => {
  await using stage = await fleetStage();
  const path = join(stage.tmux.folder, "lock");
  using _held = await acquireLock(path);
  const error = await assertRejects(
    () => acquireLock(path, { patienceMs: 20 }),
    LockBusy,
  );
  assertStringIncludes(error.message, `Cannot lock "${path}": another process`);
});

Deno.test("a run that cannot be stopped keeps no other from it", async () => {
  await using stage = await fleetStage();
  const { context } = stage;
  const damaged = await add(stage, queuedRecord("a"), "queue");
  await Deno.writeTextFile(damaged.files.record, "{");
  const { id } = await add(stage, queuedRecord("b"), "queue");
  const { outcomes, errors } = await stopRuns(
    context,
    [damaged.id, id],
    "Enough",
  );
  assertEquals(outcomes.map(({ record }) => record.run_id), [id]);
  assertStringIncludes(String(errors), "is damaged");
});

Deno.test({
  name:
    "a wait ends at its time although the one who should make the next attempt is stopped",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using stage = await fleetStage();
    const { context } = stage;
    const ended = handedOn();
    const { id, files } = await add(stage, ended);
    const lock = await acquireLock(files.lock);
    const wait = (signal: AbortSignal) =>
      waitForEnds(context, [id], { follow: true, signal });
    const none = await within(
      "the end of the wait",
      wait(AbortSignal.timeout(100)),
      SOON,
    );
    assertEquals(none.size, 0);
    // With the lock free, whoever waits makes it.
    const stop = new AbortController();
    const waiting = wait(stop.signal);
    lock.release();
    await until(
      "the next attempt is there",
      async (see) => see(await listRunIds(context.workspace)).length === 2,
    );
    stop.abort();
    await waiting;
  },
});

Deno.test({
  name: "the queue moves although its driver is stopped, or another machine",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using stage = await fleetStage();
    const { context } = stage;
    const { workspace } = context;
    using _seat = await acquireLock(workspacePaths.driverLock(workspace));
    await using _driving = driveQueue(context, { besideMs: 50 });
    const { id } = await add(stage, runningRecord({ run_id: "a" }), "active");
    await until(
      "the end of the dead run is written",
      async (see) =>
        see(await readRecord(workspace, id).catch(() => null))?.status ===
          "lost",
    );
  },
});

Deno.test("closeMailbox() does not wait for a sender that is stopped", async () => {
  await using stage = await fleetStage();
  const folder = join(stage.tmux.folder, "messages");
  const draft = { from: "person", title: "Hello", now: false } as const;
  const text = new TextEncoder().encode("Hello");
  await addMessage(folder, draft, text, () => Promise.resolve());
  using _sender = await acquireLock(join(folder, "lock"));
  const close = (isEmpty: boolean) =>
    closeMailbox(folder, () => Promise.resolve(isEmpty), { patienceMs: 20 });
  // What has come before is still delivered.
  assertEquals(await close(false), false);
  assertEquals(await close(true), true);
});

Deno.test("a guard ends although somebody keeps the list of all guards", async () => {
  await using stage = await fleetStage();
  const registry = join(stage.tmux.folder, "guards");
  const path = join(stage.tmux.folder, ".mcp");
  const held = await holdPlaceholders(registry, [path], [], { othersMs: 20 });
  const keeper = await acquireLock(join(registry, "lock"));
  await within("the end of the guard", held.release(), SOON);
  keeper.release();
  // The next one takes away what it left.
  await (await holdPlaceholders(registry, [`${path}2`])).release();
  assertEquals(await exists(path), false);
});

Deno.test("stop of a run that is handed on stops the attempt that is being made", async () => {
  await using stage = await fleetStage();
  const { context } = stage;
  const { workspace } = context;
  const ended = handedOn();
  const { id, files } = await add(stage, ended, "active");
  const lock = await acquireLock(files.lock);
  const all = () => resolveTargets(context, [], { all: true });
  assertEquals(await all(), [id]);
  const stopping = stopRuns(context, [id], "Enough");
  const early = await Promise.race([
    stopping,
    new Promise((resolve) => setTimeout(() => resolve("waits"), 100)),
  ]);
  assertEquals(early, "waits");
  // As its supervisor does.
  await makeAttempt(context, ended, {});
  assertEquals(await all(), [ended.next_run_id]);
  await leaveQueue(workspace, id);
  lock.release();
  const { outcomes, errors } = await stopping;
  assertEquals(errors, []);
  const [outcome] = outcomes;
  assertEquals(
    [outcome?.record.run_id, outcome?.record.status, outcome?.already],
    [ended.next_run_id, "stopped", false],
  );
  // One that was removed since is not made again.
  const next = parseRunId(String(ended.next_run_id));
  await Deno.remove(runFiles(workspace, next).folder, { recursive: true });
  const again = await stopRuns(context, [id], "Enough");
  assertEquals(again.outcomes.map(({ already }) => already), [true]);
  assertEquals(await listRunIds(workspace), [id]);
});
