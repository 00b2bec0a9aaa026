import type { RunId } from "../run/id.ts";
import { isRunElsewhere } from "../run/run_host.ts";
import { runFiles } from "../run/store.ts";
import { watchFolders } from "../files/watch.ts";
import { aborted, delay, inTime } from "../system/delay.ts";
import {
  awaitLock,
  isLocked,
  type Lock,
  tryAcquireLock,
} from "../files/lock.ts";
import { ensureFolder } from "../files/make_new.ts";
import { workspacePaths } from "../workspace/workspace.ts";
import type { FleetContext } from "../workspace/context.ts";
import { pumpQuietly } from "./pump_quietly.ts";
import { lockFreed } from "../queue/lock_freed.ts";
import { activeIds } from "../queue/queue_files.ts";
import { debugStep, ignore, ignored } from "../system/ignore.ts";

/** How many running runs are watched for their death; the ends of the others show in the folder. */
const MOST_LOCKS = 8;

/** How often a run is checked whose supervisor has not started yet. */
const STARTING_CHECK_MS = 250;

/** How long the queue may hold up a caller that already has what it waited for. */
const DISPOSAL_PATIENCE_MS = 500;

/** When to try again after an error, such as a full disk or a lock that stays held. */
const TRY_AGAIN_MS = 5_000;

/** How often a process that waits for the driver's lock moves the queue itself: the driver may be stopped, or on another machine, which starts only its own runs. */
const BESIDE_DRIVER_MS = 30_000;

/** The drivers of this process, by workspace: one is enough, however many callers wait. */
const driving = new Map<string, Driving>();

interface Driving {
  users: number;
  stop: AbortController;
  /** How often to move the queue while another process drives it, in milliseconds. */
  besideMs: number;
  /** Whether it still waits for another process to give up driving. */
  isWaiting: boolean;
  ended: Promise<void>;
}

/**
 * Keeps the queue moving until it is disposed: starts whatever can start as
 * soon as a slot is free, a supervisor has died or a pause is over. Every
 * long-lived process (each wait, each supervisor) offers to do this, and the
 * one that holds the driver's lock does it; the kernel passes the lock on.
 */
export function driveQueue(
  context: FleetContext,
  { besideMs = BESIDE_DRIVER_MS } = {},
): AsyncDisposable {
  const { state } = context.workspace;
  const entry = driving.get(state) ?? beginDriving(context, besideMs);
  entry.users++;
  return {
    async [Symbol.asyncDispose]() {
      if (--entry.users > 0) return;
      driving.delete(state);
      entry.stop.abort();
      if (entry.isWaiting) return;
      // What it was about to start may take a while; the next driver finishes it.
      await inTime(entry.ended, DISPOSAL_PATIENCE_MS, null);
    },
  };
}

function beginDriving(context: FleetContext, besideMs: number): Driving {
  const entry: Driving = {
    users: 0,
    stop: new AbortController(),
    besideMs,
    isWaiting: false,
    ended: Promise.resolve(),
  };
  driving.set(context.workspace.state, entry);
  // Nobody drives a workspace that cannot be written; it has no queue either.
  entry.ended = drive(context, entry).catch(
    ignored(
      "nobody drives a workspace that cannot be written; it has no queue either",
    ),
  );
  return entry;
}

async function drive(context: FleetContext, entry: Driving): Promise<void> {
  const { workspace } = context;
  const { signal } = entry.stop;
  using lock = await driversSeat(context, entry);
  if (lock === null || signal.aborted) return;
  const folders = [
    workspacePaths.queue(workspace),
    workspacePaths.active(workspace),
  ];
  // A workspace that was just removed is not made again.
  for (const folder of folders) await ensureFolder(folder);
  debugStep(() => "queue: this process drives it");
  const { pumpQueue } = await import("./pump.ts");
  using watch = watchFolders(folders);
  const watched = new Map<RunId, Promise<void>>();
  while (!signal.aborted) {
    const changed = watch.changed();
    const nextTime = await pumpQueue(context).then(
      ({ nextTime }) => nextTime,
      (error) => {
        ignore(error, "it is tried again soon");
        return Date.now() + TRY_AGAIN_MS;
      },
    );
    const round = new AbortController();
    const over = AbortSignal.any([signal, round.signal]);
    await Promise.race([
      changed,
      someoneDied(context, watched, over),
      // The end of a pause is a change that nobody writes.
      nextTime === null ? aborted(over) : delay(nextTime - Date.now(), over),
    ]);
    round.abort();
  }
}

/** The driver's lock, once it is free; `null` if it is no longer wanted. */
async function driversSeat(
  context: FleetContext,
  entry: Driving,
): Promise<Lock | null> {
  const path = workspacePaths.driverLock(context.workspace);
  const free = await tryAcquireLock(path);
  if (free !== null) return free;
  // A caller that has ended in the meantime awaits this, and must not have to wait for the lock.
  if (entry.stop.signal.aborted) return null;
  entry.isWaiting = true;
  const beside = setInterval(
    () => pumpQuietly(context, { inPassing: true }),
    entry.besideMs,
  );
  const stop = () => clearInterval(beside);
  entry.stop.signal.addEventListener("abort", stop);
  try {
    return await awaitLock(path);
  } finally {
    stop();
    entry.isWaiting = false;
  }
}

/** Resolves when the supervisor of one of the running runs has ended, for whatever reason. */
async function someoneDied(
  context: FleetContext,
  watched: Map<RunId, Promise<void>>,
  signal: AbortSignal,
): Promise<void> {
  const { workspace } = context;
  for (const id of (await activeIds(workspace)).slice(0, MOST_LOCKS)) {
    if (watched.size >= MOST_LOCKS) break;
    if (!watched.has(id)) {
      // Nobody holds it yet if the run's supervisor is still starting.
      const { lock } = runFiles(workspace, id);
      const isHeld = await isLocked(lock);
      if (!isHeld && await isRunElsewhere(workspace, id)) continue;
      const over = isHeld
        ? lockFreed(context, id)
        : delay(STARTING_CHECK_MS, signal);
      watched.set(id, over.finally(() => watched.delete(id)));
    }
  }
  if (watched.size === 0) return await aborted(signal);
  await Promise.race(watched.values());
}
