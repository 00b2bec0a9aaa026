import { isRunId, type RunId } from "../run/id.ts";
import { type EndedRecord, isEnded, type RunRecord } from "../run/record.ts";
import { newestFirst, readRecord, runFiles } from "../run/store.ts";
import type { FleetContext } from "./context.ts";
import { observeRun } from "./reconcile.ts";

/** The attempt of a run's chain that counts now: the one that lives, or the last. Throws as `readRecord` does. */
export async function currentAttempt(
  context: FleetContext,
  id: RunId,
): Promise<RunRecord> {
  return (await attemptsFrom(context, id)).current;
}

/** As {@linkcode currentAttempt}, with the attempts before it from this run on, oldest first. */
export async function attemptsFrom(
  context: FleetContext,
  id: RunId,
): Promise<{ current: RunRecord; earlier: EndedRecord[] }> {
  const earlier: EndedRecord[] = [];
  for (let next = id;;) {
    const current = await observeRun(context, next);
    if (!isEnded(current)) return { current, earlier };
    const after = current.next_run_id;
    if (after === null || !isRunId(after)) return { current, earlier };
    const { record: file } = runFiles(context.workspace, after);
    // It is just being made, or was removed.
    const isThere = await Deno.stat(file).then(() => true, () => false);
    if (!isThere) return { current, earlier };
    earlier.push(current);
    next = after;
  }
}

/** How many records are read side by side. */
const BATCH = 64;

/**
 * The runs of a chain, oldest first, from any one of them: the first run, its
 * further attempts and those that continue it. Only what is younger than the
 * first run is looked at. Throws as `readRecord` does.
 */
export async function chainOf(
  context: FleetContext,
  id: RunId,
): Promise<RunRecord[]> {
  const { workspace } = context;
  const { root_run_id } = await readRecord(workspace, id);
  const ids = await newestFirst(workspace);
  const root = ids.findIndex((candidate) => candidate === root_run_id);
  const younger = root < 0 ? ids : ids.slice(0, root + 1);
  const chain: RunRecord[] = [];
  for (let i = 0; i < younger.length; i += BATCH) {
    const records = await Promise.all(
      younger.slice(i, i + BATCH).map((id) =>
        readRecord(workspace, id).catch(() => null)
      ),
    );
    for (const record of records) {
      if (record?.root_run_id === root_run_id) chain.push(record);
    }
  }
  return await Promise.all(
    chain.reverse().map((record) =>
      isRunId(record.run_id) ? observeRun(context, record.run_id) : record
    ),
  );
}
