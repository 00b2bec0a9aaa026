import { isRunId, type RunId } from "../run/id.ts";
import { isEnded, type RunRecord } from "../run/record.ts";
import { newestFirst, readRecord, runFiles } from "../run/store.ts";
import type { FleetContext } from "./context.ts";
import { observeRun } from "./reconcile.ts";

/** The attempt of a run's chain that counts now: the one that lives, or the last. Throws as `readRecord` does. */
export async function currentAttempt(
  context: FleetContext,
  id: RunId,
): Promise<RunRecord> {
  for (let next = id;;) {
    const record = await observeRun(context, next);
    const after = isEnded(record) ? record.next_run_id : null;
    if (after === null || !isRunId(after)) return record;
    const { record: file } = runFiles(context.workspace, after);
    // It is just being made, or was removed.
    if (!await Deno.stat(file).then(() => true, () => false)) return record;
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
