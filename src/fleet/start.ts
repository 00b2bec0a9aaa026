import { workerEnvironment } from "../run/environment.ts";
import { makeRunId, parseRunId, type RunId } from "../run/id.ts";
import { checkPrompt } from "../run/prompt.ts";
import type { RunRecord } from "../run/record.ts";
import { createRunFolder, runFiles, writeRecord } from "../run/store.ts";
import { writeFileAtomic } from "../files/atomic_file.ts";
import { acquireLock } from "../files/lock.ts";
import type { FleetContext } from "../workspace/context.ts";
import { launchRun } from "../lifecycle/launch.ts";
import { pumpQuietly } from "../lifecycle/pump_quietly.ts";
import { type Claim, claimRuns, type QueuedRecord } from "../queue/queue.ts";
import { enterQueue, leaveQueue } from "../queue/queue_files.ts";
import type { StartRequest } from "../task/start_request.ts";
import { describeTask, type TaskDescription } from "./task.ts";
import { placeTask } from "../worktrees/place_task.ts";
import { removeQuietly } from "../files/remove_quietly.ts";

/** A run whose terms are all determined but which has not been made yet. */
export interface PreparedRun {
  request: StartRequest;
  task: TaskDescription;
  /** The environment that its worker gets. */
  env: Record<string, string>;
}

/**
 * Starts a run and returns its record as soon as the pane exists, or the run
 * waits in the queue. Whatever can be known to fail does so before a folder or
 * pane is made; a run that gets no pane leaves nothing behind.
 *
 * Throws `usage`, `not_found` or `environment` errors.
 */
export async function startRun(
  context: FleetContext,
  request: StartRequest,
): Promise<RunRecord> {
  return await makeRun(context, await prepareRun(context, request));
}

/** Checks everything that can be known to fail. Throws `usage`, `not_found` or `environment` errors. */
export async function prepareRun(
  context: FleetContext,
  request: StartRequest,
): Promise<PreparedRun> {
  const text = checkPrompt(request.prompt);
  const task = await describeTask(context, request, text);
  const { env_passthrough } = context.workspace.config;
  const env = workerEnvironment(context.caller.env, env_passthrough);
  return { request, task, env };
}

/** Makes a prepared run: gives it its pane if it can start now, and otherwise lets it wait. */
export async function makeRun(
  context: FleetContext,
  prepared: PreparedRun,
): Promise<RunRecord> {
  const { workspace } = context;
  const id = await createRunFolder(
    workspace,
    prepared.request.runId === undefined
      ? undefined
      : parseRunId(prepared.request.runId),
    () => makeRunId(new Date()),
  );
  const { folder, lock } = runFiles(workspace, id);
  const others: Claim[] = [];
  let record: RunRecord;
  try {
    // Meanwhile the lock shows others that the run is being made.
    using held = await acquireLock(lock);
    const queued = await fillFolder(context, id, prepared);
    const { claims } = await claimRuns(workspace, {
      record: queued,
      lock: held,
    });
    others.push(...claims.filter((claim) => claim.id !== id));
    record = claims.length > others.length
      ? await launchOwn(context, id, queued)
      : queued;
    if (record === queued) await writeRecord(workspace, record);
  } catch (error) {
    await leaveQueue(workspace, id);
    await removeQuietly(folder, { recursive: true });
    throw error;
  } finally {
    await launchOthers(context, others);
  }
  // A process that freed a slot in the meantime could not start it, because we held its lock.
  if (record.status === "queued") await pumpQuietly(context);
  return record;
}

/** Also starts queued runs whose turn it is, which is rare: nobody else was there to do it. */
async function launchOthers(
  context: FleetContext,
  claims: readonly Claim[],
): Promise<void> {
  if (claims.length === 0) return;
  const { launchClaims } = await import("../lifecycle/pump.ts");
  await launchClaims(context, claims);
}

/** Writes everything of a run except its record, and adds it to the queue. */
export async function fillFolder(
  context: FleetContext,
  id: RunId,
  { request, task, env }: PreparedRun,
): Promise<QueuedRecord> {
  const { workspace } = context;
  const files = runFiles(workspace, id);
  const rootId = request.parent?.root_run_id ?? id;
  const record: QueuedRecord = {
    status: "queued",
    run_id: id,
    ...placeTask(task, rootId),
    root_run_id: rootId,
    thread_id: null,
    last_activity_at: null,
    activity: null,
    usage: null,
    thread_usage: request.parent?.thread_usage ?? null,
    pane: null,
    supervisor_pid: null,
    repository: null,
    guard: null,
  };
  await Promise.all([
    writeFileAtomic(files.prompt, request.prompt, { durable: false }),
    writeFileAtomic(files.env, JSON.stringify(env), { durable: false }),
    Deno.mkdir(files.requests, { mode: 0o700 }),
    enterQueue(workspace, id),
  ]);
  return record;
}

async function launchOwn(
  context: FleetContext,
  id: RunId,
  queued: QueuedRecord,
): Promise<RunRecord> {
  const record: RunRecord = { ...queued, status: "starting" };
  await writeRecord(context.workspace, record);
  const pane = await launchRun(context, id, record.placement);
  const placed = { ...record, pane };
  await writeRecord(context.workspace, placed, { durable: false });
  return placed;
}
