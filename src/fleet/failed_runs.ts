import { type RunId, timeOfRunId } from "../run/id.ts";
import { isEnded, isGood, type RunRecord } from "../run/record.ts";
import { newestFirst } from "../run/store.ts";
import type { Reader } from "../owners/reader.ts";
import type { FleetContext } from "../workspace/context.ts";
import { readRuns } from "./read_runs.ts";

const DAY_MS = 24 * 60 * 60_000;

/** Older runs are not looked at, however long they waited and worked. */
const OLDEST_MS = 14 * DAY_MS;

/**
 * The runs of the last 24 hours that ended without reaching their goal, oldest first,
 * but for those that somebody stopped, and those that have been mended since: by a
 * run that continues or repeats them, and is running or has reached the goal.
 * Of several attempts at a task only the last counts.
 */
export async function failedRuns(
  context: FleetContext,
  reader: Reader,
  onDamaged?: (id: RunId, error: unknown) => void,
  now = Date.now(),
): Promise<RunRecord[]> {
  const oldest = new Date(now - OLDEST_MS).toISOString().replace(/\D/g, "");
  const ids = (await newestFirst(context.workspace))
    .filter((id) => (timeOfRunId(id) ?? oldest) >= oldest);
  const records = await readRuns(
    context,
    ids.reverse(),
    (record) => record,
    { onDamaged },
  );
  /** The first attempt at the task of each run, across runs that repeat it. */
  const firsts = new Map<string, string>();
  const failed = new Map<string, RunRecord>();
  for (const run of records) {
    const root = run.rerun_of ?? run.root_run_id;
    const first = firsts.get(root) ?? root;
    firsts.set(run.run_id, first);
    if (!isEnded(run) || isGood(run)) failed.delete(first);
    else if (run.status !== "stopped") failed.set(first, run);
  }
  const recent = [...failed.values()].filter((run) =>
    isEnded(run) && now - Date.parse(run.ended_at) <= DAY_MS
  );
  const meant: RunRecord[] = [];
  for (const run of recent) if (await reader.isMeant(run)) meant.push(run);
  return meant.toSorted((a, b) => a.created_at < b.created_at ? -1 : 1);
}
