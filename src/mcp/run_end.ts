import type { FleetContext } from "../workspace/context.ts";
import { type AskingRecord, isAsking, mayAsk } from "../fleet/asking.ts";
import { currentAttempt } from "../fleet/chain.ts";
import { waitForRuns } from "../fleet/wait.ts";
import type { RunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import { runFiles } from "../run/store.ts";
import { ignored } from "../system/ignore.ts";

/** Who is to be told of the questions of a run, by its folder. */
const askers = new Map<string, Set<(record: AskingRecord) => void>>();

/**
 * Calls `tell` when the worker of a run that {@linkcode runEnd} watches asks
 * something, until it is disposed; soon, if it is already waiting for an answer.
 */
export function whenAsked(
  context: FleetContext,
  id: RunId,
  tell: (record: AskingRecord) => void,
): Disposable {
  const { folder } = runFiles(context.workspace, id);
  const all = askers.get(folder) ?? new Set();
  askers.set(folder, all.add(tell));
  // Those who listened earlier have been told of that.
  tellIfAsking(context, id, (record) => {
    if (all.has(tell)) tell(record);
  }).catch(ignored("whoever waits for the end is told what is wrong"));
  return {
    [Symbol.dispose]() {
      all.delete(tell);
      if (all.size === 0) askers.delete(folder);
    },
  };
}

async function tellIfAsking(
  context: FleetContext,
  id: RunId,
  tell: (record: AskingRecord) => void,
): Promise<void> {
  const record = await currentAttempt(context, id);
  if (mayAsk(record) && await isAsking(context, record)) tell(record);
}

const waits = new Map<string, Promise<EndedRecord>>();

/**
 * Resolves when the run and all attempts after it have ended. However many calls
 * are waiting for a run, or have given up, this process watches it only once,
 * because waiting for the run's lock cannot be cut short.
 */
export function runEnd(
  context: FleetContext,
  id: RunId,
): Promise<EndedRecord> {
  const { folder } = runFiles(context.workspace, id);
  const known = waits.get(folder);
  if (known) return known;
  const wait = waitForOne(context, id).finally(() => waits.delete(folder));
  waits.set(folder, wait);
  // The caller may be gone by now.
  wait.catch(ignored("the caller may have gone; whoever awaits it is told"));
  return wait;
}

async function waitForOne(
  context: FleetContext,
  id: RunId,
): Promise<EndedRecord> {
  const { folder } = runFiles(context.workspace, id);
  const [record] = await waitForRuns(context, [id], {
    follow: true,
    onAsk: (record) => askers.get(folder)?.forEach((tell) => tell(record)),
  });
  if (!record) throw new Error(`The wait for run ${id} returned no record`);
  return record;
}
