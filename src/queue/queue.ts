import { exists } from "../files/exists.ts";
import type { RunId } from "../run/id.ts";
import { isEnded, type LiveRecord } from "../run/record.ts";
import { isElsewhere, isSilent } from "../run/run_host.ts";
import { filesInMaking } from "../run/new_run.ts";
import { readStoredRecord, runFiles } from "../run/store.ts";
import { acquireLock, type Lock, tryAcquireLock } from "../files/lock.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import { accountHold, lookAtAccounts } from "./account_hold.ts";
import { readiness } from "./dependencies.ts";
import { pauseOf, readPauses } from "./pauses.ts";
import {
  activeIds,
  isInQueue,
  leaveQueue,
  takeSlot,
  waitingIds,
} from "./queue_files.ts";
import { ignore, instead } from "../system/ignore.ts";

/** A run that waits. */
export type QueuedRecord = Extract<LiveRecord, { status: "queued" }>;

/** A run that can start now: it has its slot, and its lock is held for whoever starts it. */
export interface Claim {
  id: RunId;
  record: QueuedRecord;
  lock: Lock;
}

/** What one check of the queue found. */
export interface QueueLook {
  claims: Claim[];
  /** Runs that have ended although they are still in the queue: whoever ended them is gone, or not done. */
  ended: RunId[];
  /** Runs that will never start, and why. */
  hopeless: { id: RunId; reason: string }[];
  /** Whether a run waits for a slot, and for nothing else. */
  full: boolean;
  /** Whether any run waits. */
  waiting: boolean;
  /** When the next run that is waiting for a certain time may start, in ms since the epoch. */
  nextTime: number | null;
}

/**
 * Gives slots to the runs that may start, the highest priority first and then
 * the oldest. Slots are counted under the queue's lock, so that there are never
 * more than the config allows, no matter how many processes look. `own` is a
 * run that is still being made: its record is not on the disk yet, and the
 * caller must hold its lock.
 */
export async function claimRuns(
  workspace: Workspace,
  own?: { record: QueuedRecord; lock: Lock },
): Promise<QueueLook> {
  using _lock = await acquireLock(workspacePaths.queueLock(workspace));
  const ids = await waitingIds(workspace);
  const look: QueueLook = {
    claims: [],
    ended: [],
    hopeless: [],
    full: false,
    waiting: ids.length > 0,
    nextTime: null,
  };
  if (ids.length === 0) return look;
  const records = await Promise.all(
    ids.map((id) =>
      own?.record.run_id === id
        ? own.record
        : readQueued(workspace, id, look.ended)
    ),
  );
  const slots = await countSlots(workspace, ids.length);
  const pauses = await readPauses(workspace);
  const accounts = lookAtAccounts(workspace);
  const now = Date.now();
  const later = (time: number) => {
    look.nextTime = Math.min(look.nextTime ?? Infinity, time);
  };
  for (const record of inOrder(records.filter((record) => record !== null))) {
    const id = record.run_id as RunId;
    // Its folder and its tmux are on the machine that made it.
    if (record.held || await isElsewhere(record)) continue;
    const ready = await readiness(workspace, record);
    if (ready.state === "hopeless") {
      look.hopeless.push({ id, reason: ready.reason });
    }
    if (ready.state !== "ready") continue;
    const pause = pauseOf(pauses, record.profile, now);
    const hold = await accountHold(workspace, record, now, accounts);
    const notBefore = Date.parse(record.not_before ?? "");
    if (notBefore > now) later(notBefore);
    if (pause?.until) later(Date.parse(pause.until));
    if (hold !== null) later(hold.until);
    if (pause !== null || hold !== null || notBefore > now) continue;
    if (!slots.isFree(record.profile)) {
      look.full = true;
      continue;
    }
    const claim = own?.record.run_id === id
      ? { id, ...own }
      : await claimWaiting(workspace, id);
    if (claim === null) continue;
    await takeSlot(workspace, id);
    slots.take(record.profile);
    look.claims.push(claim);
  }
  return look;
}

/** Takes the lock of a run that is still waiting; `null` if another process is using it. */
async function claimWaiting(
  workspace: Workspace,
  id: RunId,
): Promise<Claim | null> {
  const lock = await tryAcquireLock(runFiles(workspace, id).lock);
  if (lock === null) return null;
  const record = await readQueued(workspace, id);
  if (record === null || record.held || !await isInQueue(workspace, id)) {
    lock.release();
    return null;
  }
  return { id, record, lock };
}

/** The record of a run that waits; `null` for one that does not, or that is just being made. Adds it to `ended` if it has ended. */
async function readQueued(
  workspace: Workspace,
  id: RunId,
  ended: RunId[] = [],
): Promise<QueuedRecord | null> {
  const files = runFiles(workspace, id);
  try {
    const record = await readStoredRecord(files);
    if (record.status === "queued") return record;
    if (isEnded(record)) ended.push(id);
  } catch (error) {
    ignore(error, "a run that cannot be read does not start");
    // In this order, because it is moved from there to here.
    if (
      !await exists(filesInMaking(workspace, id).folder) &&
      !await exists(files.folder)
    ) await leaveQueue(workspace, id);
  }
  return null;
}

/** The highest priority first, then the oldest task: a further attempt is as old as the first. */
export function inOrder(records: readonly QueuedRecord[]): QueuedRecord[] {
  const age = (record: QueuedRecord) => record.chain.since ?? record.created_at;
  const compare = (a: string, b: string) => a < b ? -1 : a > b ? 1 : 0;
  return records.toSorted((a, b) =>
    b.priority - a.priority || compare(age(a), age(b)) ||
    compare(a.run_id, b.run_id)
  );
}

/** Counts the slots that are taken, in total and for each profile with a limit. */
async function countSlots(workspace: Workspace, wanted: number) {
  const { max_parallel, max_parallel_by_profile } = workspace.config;
  const all = await activeIds(workspace);
  // Whom to leave out is only asked if there might not be room for all.
  const active = all.length + wanted <= max_parallel
    ? all
    : await withoutIdle(workspace, all);
  const taken: Record<string, number> = {};
  if (Object.keys(max_parallel_by_profile).length > 0) {
    for (const id of active) {
      const record = await readStoredRecord(runFiles(workspace, id)).catch(
        instead(null, "its slot counts in the total, but for no profile"),
      );
      const profile = record?.profile ?? null;
      if (profile !== null && record?.waiting_for === null) {
        taken[profile] = (taken[profile] ?? 0) + 1;
      }
    }
  }
  let count = active.length;
  return {
    isFree: (profile: string | null) =>
      count < max_parallel &&
      (profile === null ||
        (taken[profile] ?? 0) < (max_parallel_by_profile[profile] ?? Infinity)),
    take(profile: string | null) {
      count++;
      if (profile !== null) taken[profile] = (taken[profile] ?? 0) + 1;
    },
  };
}

/** Leaves out the runs that wait for an answer, and those of other machines that have not been heard from for a long time and may never come back. */
async function withoutIdle(
  workspace: Workspace,
  ids: readonly RunId[],
): Promise<RunId[]> {
  const idle = await Promise.all(ids.map(async (id) => {
    const files = runFiles(workspace, id);
    const record = await readStoredRecord(files).catch(
      instead(null, "a run that cannot be read keeps its slot"),
    );
    if (record === null) return false;
    return record.waiting_for !== null ||
      await isElsewhere(record) && await isSilent(record, files);
  }));
  return ids.filter((_, index) => !idle[index]);
}
