import { followChain, hasRecord } from "../run/chain.ts";
import { type EndedRecord, isEnded, type RunRecord } from "../run/record.ts";
import { parseRunId, type RunId } from "../run/id.ts";
import { isElsewhere } from "../run/run_host.ts";
import { runFiles } from "../run/store.ts";
import { tryAcquireLock } from "../files/lock.ts";
import { type Watch, watchFolders } from "../files/watch.ts";
import { aborted, delay } from "../system/delay.ts";
import { ignored } from "../system/ignore.ts";
import type { FleetContext } from "../workspace/context.ts";
import { driveQueue } from "../lifecycle/drive_queue.ts";
import { lockFreed } from "../queue/lock_freed.ts";
import { pumpQuietly } from "../lifecycle/pump_quietly.ts";
import { reconcileRun } from "../lifecycle/reconcile.ts";
import { type AskingRecord, isAsking, mayAsk } from "./asking.ts";

/** How often a run is checked whose supervisor has not started yet. */
const STARTING_CHECK_MS = 250;

/** How often we look for an attempt that another process makes, and how many times if that is on another machine. */
const LOOK_MS = 1_000;
const FOREIGN_LOOKS = 60;

/** The record of a run, in its folder. */
const RECORD = "meta.json";

export interface WaitOptions {
  /** Called with each record as its run ends; `id` is the run that the caller named. */
  onEnd?: (record: EndedRecord, id: RunId) => void;
  /** Called once for each question that a worker asks meanwhile, or has already asked. */
  onAsk?: (record: AskingRecord, id: RunId) => void;
  /** Ends the wait early; the runs that have ended so far are returned. */
  signal?: AbortSignal;
  /** Whether to return when one run has ended, with all that have ended by then. */
  any?: boolean;
  /** Return as soon as a run for which this is true has ended. */
  until?: (record: EndedRecord) => boolean;
  /** Whether to wait for the attempts that follow a run as well; the last one's record counts. */
  follow?: boolean;
  /** Called with each attempt that has ended and that another follows. */
  onAttempt?: (record: EndedRecord) => void;
}

/**
 * Waits until the runs have ended: it notices changes to the record, and the
 * release of the run's lock, which the kernel frees when the supervisor dies.
 * While it waits, it keeps the queue moving. Returns the records of those that
 * ended, by the ids that were asked for and in their order.
 */
export async function waitForEnds(
  context: FleetContext,
  ids: readonly RunId[],
  options: WaitOptions = {},
): Promise<Map<RunId, EndedRecord>> {
  const folders = ids.map((id) => runFiles(context.workspace, id).folder);
  // The watch begins before the first check, so that no change is missed.
  using watch = watchFolders(folders, RECORD);
  await using driving = new AsyncDisposableStack();
  let isDriving = false;
  const look: Look = {
    context,
    onLive() {
      // If all have ended, this returns at once and need not drive the queue.
      if (!isDriving) driving.use(driveQueue(context));
      isDriving = true;
    },
  };
  const ended = new Map<RunId, EndedRecord>();
  const stop = new AbortController();
  const signal = options.signal
    ? AbortSignal.any([options.signal, stop.signal])
    : stop.signal;
  let failure: unknown;
  const waits = ids.map(async (id) => {
    try {
      const { onAsk } = options;
      const own = {
        ...look,
        onAsk: onAsk && ((record: AskingRecord) => onAsk(record, id)),
      };
      const record = options.follow
        ? await waitForChain(own, id, watch, signal, options)
        : await waitForOne(own, id, watch, signal);
      if (record === null) return;
      ended.set(id, record);
      options.onEnd?.(record, id);
      if (options.until?.(record)) stop.abort();
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
  return new Map(
    ids.flatMap((id) => {
      const record = ended.get(id);
      return record === undefined ? [] : [[id, record] as const];
    }),
  );
}

/** What a wait needs to look at a run. */
interface Look {
  context: FleetContext;
  /** Called whenever it finds a run that has not ended. */
  onLive: () => void;
  onAsk?: ((record: AskingRecord) => void) | undefined;
}

/** Like {@linkcode waitForEnds}, but returns only the records. */
export async function waitForRuns(
  context: FleetContext,
  ids: readonly RunId[],
  options: WaitOptions = {},
): Promise<EndedRecord[]> {
  return [...(await waitForEnds(context, ids, options)).values()];
}

/**
 * Looks at a run now, whenever something in the folders changes and when the run
 * ends, until `look` gives something. `null` if `signal` is aborted first. Throws what
 * `look` throws.
 */
export async function lookUntil<T>(
  context: FleetContext,
  id: RunId,
  folders: readonly string[],
  signal: AbortSignal | undefined,
  look: (record: RunRecord) => Promise<T | null>,
): Promise<T | null> {
  const stop = new AbortController();
  const given = signal ?? stop.signal;
  using watch = watchFolders(folders);
  const ended = waitForRuns(context, [id], { signal: stop.signal });
  ended.catch(ignored("it is reported where it is awaited"));
  try {
    for (;;) {
      const changed = watch.changed();
      // The record first: once the run has ended, its files no longer change.
      const seen = await look(await reconcileRun(context, id));
      if (seen !== null) return seen;
      if (given.aborted) return null;
      await Promise.race([changed, ended, aborted(given)]);
    }
  } finally {
    stop.abort();
    // It may be driving the queue, and nothing may go on after this returns.
    await ended.catch(ignored("what was waited for came before"));
  }
}

/** Waits for a run and for every attempt that follows it. */
async function waitForChain(
  look: Look,
  first: RunId,
  watch: Watch,
  signal: AbortSignal,
  { onAttempt }: WaitOptions,
): Promise<EndedRecord | null> {
  const { context } = look;
  let last: EndedRecord | null = null;
  const chain = followChain<EndedRecord>(first, async (id, before) => {
    if (before === null) return await waitForOne(look, id, watch, signal);
    onAttempt?.(before);
    const isThere = await attemptIsThere(context, before, id, signal);
    // Without one, the attempt before was the last, unless the wait has merely timed out.
    if (isThere || signal.aborted) last = null;
    if (!isThere) return null;
    using next = watchFolders(
      [runFiles(context.workspace, id).folder],
      RECORD,
    );
    return await waitForOne(look, id, next, signal);
  });
  for await (const record of chain) last = record;
  return last;
}

/**
 * Waits for the next attempt of a run that has just ended, and makes it if the
 * process that should have made it died first; `false` if there is none by the time
 * that the signal is aborted.
 */
export async function attemptIsThere(
  context: FleetContext,
  previous: EndedRecord,
  next: RunId,
  signal: AbortSignal,
): Promise<boolean> {
  const isThere = () => hasRecord(context.workspace, next);
  if (await isThere()) return true;
  if (await isElsewhere(previous, context.caller.env)) {
    // Its own machine makes it.
    for (let look = 0; look < FOREIGN_LOOKS && !signal.aborted; look++) {
      await delay(LOOK_MS, signal);
      if (await isThere()) return true;
    }
    return false;
  }
  // The supervisor, which knows the worker's environment, makes it and holds this lock meanwhile.
  const id = parseRunId(previous.run_id);
  let freed: Promise<void> | null = null;
  while (!await makeMissingAttempt(context, previous, id)) {
    freed ??= lockFreed(context, id).finally(() => freed = null);
    await Promise.race([freed, delay(LOOK_MS, signal)]);
    if (await isThere()) return true;
    if (signal.aborted) return false;
  }
  await pumpQuietly(context);
  return await isThere();
}

/** `false` if somebody else may be making it. */
async function makeMissingAttempt(
  context: FleetContext,
  previous: EndedRecord,
  id: RunId,
): Promise<boolean> {
  using lock = await tryAcquireLock(runFiles(context.workspace, id).lock);
  if (lock === null) return false;
  const { makeAttempt } = await import("../lifecycle/make_attempt.ts");
  await makeAttempt(context, previous);
  return true;
}

async function waitForOne(
  { context, onLive, onAsk }: Look,
  id: RunId,
  watch: Watch,
  signal: AbortSignal,
): Promise<EndedRecord | null> {
  let freed: Promise<void> | null = null;
  let asked = 0;
  for (;;) {
    const changed = watch.changed(runFiles(context.workspace, id).folder);
    const record = await reconcileRun(context, id);
    if (isEnded(record)) return record;
    if (signal.aborted) return null;
    onLive();
    if (
      onAsk && mayAsk(record) && record.waiting_for.id !== asked &&
      await isAsking(context, record)
    ) {
      asked = record.waiting_for.id;
      onAsk(record);
    }
    if (
      record.status === "running" &&
      !await isElsewhere(record, context.caller.env)
    ) {
      freed ??= lockFreed(context, id).finally(() => freed = null);
    }
    const round = new AbortController();
    const over = AbortSignal.any([signal, round.signal]);
    await Promise.race([
      changed,
      freed ?? aborted(over),
      record.status === "starting"
        ? delay(STARTING_CHECK_MS, over)
        : aborted(over),
    ]);
    round.abort();
  }
}
