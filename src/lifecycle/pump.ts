import { endedRecord } from "../run/end.ts";
import type { RunId } from "../run/id.ts";
import {
  type EndedRecord,
  isEnded,
  type LiveRecord,
  type RunRecord,
} from "../run/record.ts";
import {
  readRecord,
  runFiles,
  RunNotFound,
  writeRecord,
} from "../run/store.ts";
import { isElsewhere, isRunElsewhere } from "../run/run_host.ts";
import { sweepUnmade } from "../run/new_run.ts";
import { messageOf } from "../system/errors.ts";
import {
  acquireLock,
  isLocked,
  LockBusy,
  tryAcquireLock,
} from "../files/lock.ts";
import { workspacePaths } from "../workspace/workspace.ts";
import type { FleetContext } from "../workspace/context.ts";
import { launchRun } from "./launch.ts";
import { settleAgain, settleEnd } from "./settle_end.ts";
import { type Claim, claimRuns, type QueueLook } from "../queue/queue.ts";
import {
  activeIds,
  hasSlot,
  leaveQueue,
  returnToQueue,
  waitingIds,
} from "../queue/queue_files.ts";
import { reconcileRun } from "./reconcile.ts";
import { readStopRequest } from "./stop_request.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { ignore, ignored } from "../system/ignore.ts";

/**
 * Starts what may start. There is no daemon: whoever ends a run, or looks,
 * calls this. Finishes what processes that died have left undone, frees the slots
 * of dead runs, stops runs that can never start, and makes the panes of those
 * whose turn it is. Returns what is left to wait for.
 */
export async function pumpQueue(context: FleetContext): Promise<QueueLook> {
  await obeyStopRequests(context);
  for (;;) {
    const look = await claimRuns(context.workspace);
    await launchClaims(context, look.claims);
    let stopped = 0;
    for (const { id, reason } of look.hopeless) {
      // Whoever holds its lock may be ending it, or be stopped.
      using lock = await tryAcquireLock(runFiles(context.workspace, id).lock);
      if (lock !== null && await endQueued(context, id, reason)) stopped++;
    }
    for (const id of look.ended) await settleAgain(context, id);
    const freed = await freeDeadSlots(context);
    if (freed > 0 || stopped > 0) continue;
    // Last, because a further attempt may still need what was left.
    if (await sweepUnmade(context.workspace) === 0) return look;
  }
}

/** Stops waiting runs that somebody on another machine has asked to stop. */
async function obeyStopRequests(context: FleetContext): Promise<void> {
  const { workspace, caller } = context;
  for (const id of await waitingIds(workspace)) {
    const files = runFiles(workspace, id);
    const request = await readStopRequest(files);
    if (request === null) continue;
    using lock = await tryAcquireLock(files.lock);
    if (lock === null || await isRunElsewhere(workspace, id, caller.env)) {
      continue;
    }
    await endQueued(context, id, request.reason)
      .catch(ignored("a run that cannot be read does not start either"));
  }
}

/** How many times to try to make a pane before giving the run up. */
const LAUNCH_ATTEMPTS = 3;
const LAUNCH_RETRY_MS = 1_000;

/** Makes the panes of runs that have got their slots, and releases their locks. */
export async function launchClaims(
  context: FleetContext,
  claims: readonly Claim[],
): Promise<void> {
  for (const claim of claims) await launchClaim(context, claim);
}

async function launchClaim(
  context: FleetContext,
  { id, record, lock }: Claim,
): Promise<void> {
  const { workspace } = context;
  using _lock = lock;
  try {
    const { pane, warnings } = await launchRun(context, id, record.placement);
    // One write: whoever finds the run still queued with its lock free puts it back.
    await writeRecord(workspace, {
      ...record,
      status: "starting",
      pane,
      warnings: [...record.warnings, ...warnings],
    });
  } catch (error) {
    const reason = messageOf(error);
    // Another process keeps the layout locked: that says nothing about this run.
    const isFault = !(error instanceof LockBusy);
    const before = record.warnings.filter((warning) =>
      warning.startsWith(NO_PANE)
    ).length;
    if (!isFault || before + 1 < LAUNCH_ATTEMPTS) {
      await writeRecord(workspace, {
        ...record,
        not_before: new Date(Date.now() + LAUNCH_RETRY_MS).toISOString(),
        warnings: isFault
          ? [...record.warnings, `${NO_PANE}: ${reason}`]
          : record.warnings,
      });
      using _queue = await acquireLock(workspacePaths.queueLock(workspace));
      await returnToQueue(workspace, id);
      return;
    }
    await endUnstarted(context, record, "failed", reason);
  }
}

const NO_PANE = "No pane could be made";

/**
 * Ends a run that is still waiting, with the reason; `null` if it has been
 * started or ended in the meantime. Runs that come after it are stopped the
 * next time the queue is checked.
 */
export async function stopQueued(
  context: FleetContext,
  id: RunId,
  reason: string,
): Promise<EndedRecord | null> {
  using _lock = await acquireLock(runFiles(context.workspace, id).lock);
  return await endQueued(context, id, reason);
}

/** The same; the caller must hold the lock of the run. */
async function endQueued(
  context: FleetContext,
  id: RunId,
  reason: string,
): Promise<EndedRecord | null> {
  const record = await readRecord(context.workspace, id);
  if (record.status !== "queued") return null;
  return await endUnstarted(context, record, "stopped", reason);
}

/** Writes the end of a run that never had a supervisor, and settles it. The caller must hold its lock. */
async function endUnstarted(
  context: FleetContext,
  record: LiveRecord,
  status: "stopped" | "failed",
  reason: string,
): Promise<EndedRecord> {
  const ended = endedRecord(record, {
    status,
    endedAt: new Date(),
    reason,
    failure: status === "failed"
      ? { class: "unknown", message: reason, remedy: "Start the run again" }
      : null,
  });
  const { workspace } = context;
  await writeRecord(workspace, ended);
  await removeQuietly(runFiles(workspace, record.run_id as RunId).env);
  await settleEnd(context, ended);
  return ended;
}

/** Takes slots back from runs that are dead, or that got one from a process that died before it made the pane, once what follows their ends is done. Returns how many. */
export async function freeDeadSlots(context: FleetContext): Promise<number> {
  const { workspace } = context;
  const freed = await Promise.all(
    (await activeIds(workspace)).map((id) => freeSlotIfDead(context, id)),
  );
  return freed.filter(Boolean).length;
}

async function freeSlotIfDead(
  context: FleetContext,
  id: RunId,
): Promise<boolean> {
  const { workspace } = context;
  const files = runFiles(workspace, id);
  let record: RunRecord;
  try {
    if (await isLocked(files.lock)) return false;
    record = await readRecord(workspace, id);
    if (await isElsewhere(record, context.caller.env)) return false;
    if (record.status === "queued") return await putBack(context, id);
    record = await reconcileRun(context, id);
  } catch (error) {
    // A damaged record of a run that nobody is working on must not keep others waiting.
    if (!(error instanceof RunNotFound) && await isLocked(files.lock)) {
      return false;
    }
    ignore(error, "a run that nobody works on keeps no slot");
    await leaveQueue(workspace, id);
    return !await hasSlot(workspace, id);
  }
  if (!isEnded(record)) return false;
  await settleAgain(context, id);
  return !await hasSlot(workspace, id);
}

async function putBack(context: FleetContext, id: RunId): Promise<boolean> {
  const { workspace } = context;
  using _queue = await acquireLock(workspacePaths.queueLock(workspace));
  using lock = await tryAcquireLock(runFiles(workspace, id).lock);
  if (lock === null || !await hasSlot(workspace, id)) return false;
  const { status } = await readRecord(workspace, id);
  if (status !== "queued") return false;
  await returnToQueue(workspace, id);
  return true;
}
