import { exists } from "../files/exists.ts";
import type { RunId } from "../run/id.ts";
import { isEnded, type LiveRecord } from "../run/record.ts";
import { readStoredRecord, runFiles } from "../run/store.ts";
import { acquireLock, type Lock, tryAcquireLock } from "../files/lock.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import { readiness } from "./dependencies.ts";
import { pauseOf, readPauses } from "./pauses.ts";
import {
  activeIds,
  isInQueue,
  leaveQueue,
  takeSlot,
  waitingIds,
} from "./queue_files.ts";
import { ignore } from "../system/ignore.ts";

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
    hopeless: [],
    full: false,
    waiting: ids.length > 0,
    nextTime: null,
  };
  if (ids.length === 0) return look;
  const records = await Promise.all(
    ids.map((id) =>
      own?.record.run_id === id ? own.record : readQueued(workspace, id)
    ),
  );
  const slots = await countSlots(workspace);
  const pauses = await readPauses(workspace);
  const now = Date.now();
  const later = (time: number) => {
    look.nextTime = Math.min(look.nextTime ?? Infinity, time);
  };
  for (const record of inOrder(records.filter((record) => record !== null))) {
    const id = record.run_id as RunId;
    if (record.held) continue;
    const ready = await readiness(workspace, record);
    if (ready.state === "hopeless") {
      look.hopeless.push({ id, reason: ready.reason });
    }
    if (ready.state !== "ready") continue;
    const pause = pauseOf(pauses, record.profile, now);
    const notBefore = Date.parse(record.not_before ?? "");
    if (notBefore > now) later(notBefore);
    if (pause?.until) later(Date.parse(pause.until));
    if (pause !== null || notBefore > now) continue;
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

/** The record of a waiting run; `null` for one that is not waiting, or is still being made. */
async function readQueued(
  workspace: Workspace,
  id: RunId,
): Promise<QueuedRecord | null> {
  const files = runFiles(workspace, id);
  try {
    const record = await readStoredRecord(files);
    if (record.status === "queued") return record;
    // A run that has ended no longer waits; the process that stopped it is gone.
    if (isEnded(record)) await leaveQueue(workspace, id);
  } catch (error) {
    ignore(error, "a run that cannot be read does not start");
    if (!await exists(files.folder)) await leaveQueue(workspace, id);
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
async function countSlots(workspace: Workspace) {
  const { max_parallel, max_parallel_by_profile } = workspace.config;
  const active = await activeIds(workspace);
  const taken: Record<string, number> = {};
  if (Object.keys(max_parallel_by_profile).length > 0) {
    for (const id of active) {
      const profile = await profileOf(workspace, id);
      if (profile !== null) taken[profile] = (taken[profile] ?? 0) + 1;
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

async function profileOf(
  workspace: Workspace,
  id: RunId,
): Promise<string | null> {
  try {
    return (await readStoredRecord(runFiles(workspace, id))).profile;
  } catch (error) {
    ignore(error, "its slot counts in the total, but for no profile");
    return null;
  }
}
