import { type EndedRecord, isEnded } from "../run/record.ts";
import type { RunId } from "../run/id.ts";
import { runFiles } from "../run/store.ts";
import { acquireLock } from "../workspace/lock.ts";
import type { FleetContext } from "./context.ts";
import { reconcileRun } from "./reconcile.ts";
import { type RecordWatcher, watchRecords } from "./watch_records.ts";

/** How often a run is looked at that has been made but whose supervisor is not there yet. */
const STARTING_CHECK_MS = 250;

export interface WaitOptions {
  /** Called with each record as its run ends. */
  onEnd?: (record: EndedRecord) => void;
  /** Ends the wait early; what has ended so far is returned. */
  signal?: AbortSignal;
  /** Returns when one run has ended, with all that have ended by then. */
  any?: boolean;
}

/**
 * Waits until the runs have ended, without polling: the record's change tells,
 * and so does the run's lock, which the kernel frees when the supervisor dies.
 * Returns the records of those that ended, in the order of `ids`.
 */
export async function waitForRuns(
  context: FleetContext,
  ids: readonly RunId[],
  options: WaitOptions = {},
): Promise<EndedRecord[]> {
  const folders = ids.map((id) => runFiles(context.workspace, id).folder);
  // The watch stands before the first look, so that no change falls between.
  using watcher = watchRecords(folders);
  const ended = new Map<RunId, EndedRecord>();
  const stop = new AbortController();
  const signal = options.signal
    ? AbortSignal.any([options.signal, stop.signal])
    : stop.signal;
  let failure: unknown;
  const waits = ids.map(async (id) => {
    try {
      const record = await waitForOne(context, id, watcher, signal);
      if (record === null) return;
      ended.set(id, record);
      options.onEnd?.(record);
    } catch (error) {
      failure ??= error;
      stop.abort();
    }
  });
  if (options.any) {
    await Promise.race([...waits, aborted(signal)]);
    stop.abort();
  }
  await Promise.all(waits);
  if (failure !== undefined) throw failure;
  return ids.flatMap((id) => ended.get(id) ?? []);
}

async function waitForOne(
  context: FleetContext,
  id: RunId,
  watcher: RecordWatcher,
  signal: AbortSignal,
): Promise<EndedRecord | null> {
  let freed: Promise<void> | null = null;
  for (;;) {
    const changed = watcher.changed(runFiles(context.workspace, id).folder);
    const record = await reconcileRun(context, id);
    if (isEnded(record)) return record;
    if (signal.aborted) return null;
    if (record.status === "running") {
      freed ??= lockFreed(context, id).finally(() => freed = null);
      await Promise.race([changed, freed, aborted(signal)]);
    } else {
      await Promise.race([changed, delay(STARTING_CHECK_MS), aborted(signal)]);
    }
  }
}

/** A lock that is waited for keeps one of the 32 threads that Deno has for files. */
const MAX_LOCKS_WAITED_FOR = 16;
let locksWaitedFor = 0;

/** How often a run is looked at for whose lock there is no thread left; its record still tells at once. */
const NO_THREAD_CHECK_MS = 1_000;

/** Resolves when nobody holds the run's lock exclusively any more, or when it is time to look. */
async function lockFreed(context: FleetContext, id: RunId): Promise<void> {
  if (locksWaitedFor >= MAX_LOCKS_WAITED_FOR) {
    return await delay(NO_THREAD_CHECK_MS);
  }
  locksWaitedFor++;
  try {
    const lock = await acquireLock(runFiles(context.workspace, id).lock, {
      shared: true,
    });
    lock.release();
  } catch {
    // The folder was removed; the next look says so.
  } finally {
    locksWaitedFor--;
  }
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
