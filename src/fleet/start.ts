import type { CodexCapabilities } from "../codex/capability_cache.ts";
import { FIRST_PROGRESS } from "../run/first_progress.ts";
import { workerEnvironment } from "../run/environment.ts";
import { makeRunId, parseRunId, type RunId } from "../run/id.ts";
import { checkPrompt } from "../run/prompt.ts";
import type { RunRecord } from "../run/record.ts";
import { beginRun, type NewRun } from "../run/new_run.ts";
import { writeRecord } from "../run/store.ts";
import { writeFileAtomic } from "../files/atomic_file.ts";
import type { FleetContext } from "../workspace/context.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { launchRun } from "../lifecycle/launch.ts";
import { wakeMonitor } from "../owners/monitor_place.ts";
import { ignored } from "../system/ignore.ts";
import { pumpQuietly } from "../lifecycle/pump_quietly.ts";
import { type Claim, claimRuns, type QueuedRecord } from "../queue/queue.ts";
import { leaveQueue, publishQueued } from "../queue/queue_files.ts";
import type { StartRequest } from "../task/start_request.ts";
import { describeTask, type TaskDescription } from "./task.ts";
import { placeTask } from "../worktrees/place_task.ts";

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

/**
 * Checks everything that can be known to fail, and writes nothing but what Codex
 * answers when it is asked what it can do; `capabilities` are the answer if that
 * was done already. Throws `usage`, `not_found` or `environment` errors.
 */
export async function prepareRun(
  context: FleetContext,
  request: StartRequest,
  capabilities?: CodexCapabilities,
): Promise<PreparedRun> {
  const text = checkPrompt(request.prompt);
  const task = await describeTask(context, request, text, capabilities);
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
  const others: Claim[] = [];
  let record: RunRecord;
  try {
    // The lock shows others meanwhile that the run is being made.
    using run = await beginRun(
      workspace,
      prepared.request.runId === undefined
        ? undefined
        : parseRunId(prepared.request.runId),
      () => makeRunId(new Date()),
    );
    const { id, lock } = run;
    try {
      const queued = await fillRun(run, prepared);
      await publishQueued(workspace, run, queued);
      await tellMonitor(context, queued);
      const { claims } = await claimRuns(workspace, { record: queued, lock });
      others.push(...claims.filter((claim) => claim.id !== id));
      record = claims.length > others.length
        ? await launchOwn(context, id, queued)
        : queued;
    } catch (error) {
      await run.discard();
      await leaveQueue(workspace, id);
      throw error;
    }
  } finally {
    await launchOthers(context, others);
  }
  // A process that freed a slot in the meantime could not start it, because we held its lock.
  if (record.status === "queued") await pumpQuietly(context);
  return record;
}

/** Lets the monitor of the session that asked for a run follow it. */
export async function tellMonitor(
  { workspace, caller }: FleetContext,
  { owner }: Pick<RunRecord, "owner">,
): Promise<void> {
  await wakeMonitor(caller.env, owner, workspace.root).catch(
    ignored("the end of the run comes with the inbox"),
  );
}

/** What a record warns of that making the run has found; what the workspace was opened with is told by then. */
export function warningsOfStart(
  { remarks }: Workspace,
  { warnings }: RunRecord,
): string[] {
  return warnings.filter((warning) => !remarks.includes(warning));
}

/** Starts queued runs whose turn it is too, which is rare: there was nobody else to do it. */
async function launchOthers(
  context: FleetContext,
  claims: readonly Claim[],
): Promise<void> {
  if (claims.length === 0) return;
  const { launchClaims } = await import("../lifecycle/pump.ts");
  await launchClaims(context, claims);
}

/** Writes everything of a run except its record, which it returns. */
export async function fillRun(
  run: NewRun,
  { request, task, env }: PreparedRun,
): Promise<QueuedRecord> {
  const { id, files } = run;
  const rootId = request.parent?.root_run_id ?? id;
  const record: QueuedRecord = {
    status: "queued",
    run_id: id,
    ...FIRST_PROGRESS,
    ...placeTask(task, rootId),
    root_run_id: rootId,
    thread_usage: request.parent?.thread_usage ?? null,
    host: run.host,
  };
  await Promise.all([
    writeFileAtomic(files.prompt, request.prompt, { durable: false }),
    writeFileAtomic(files.env, JSON.stringify(env), { durable: false }),
    Deno.mkdir(files.requests, { mode: 0o700 }),
  ]);
  return record;
}

async function launchOwn(
  context: FleetContext,
  id: RunId,
  queued: QueuedRecord,
): Promise<RunRecord> {
  const { pane, warnings } = await launchRun(context, id, queued.placement);
  // One write: whoever finds the run still queued with its lock free puts it back.
  const record: RunRecord = {
    ...queued,
    status: "starting",
    pane,
    warnings: [...queued.warnings, ...warnings],
  };
  await writeRecord(context.workspace, record, { durable: false });
  return record;
}
