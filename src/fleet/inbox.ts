import type { RunId } from "../run/id.ts";
import type { EndedRecord, RunRecord } from "../run/record.ts";
import { type Reader, readerOf } from "../owners/reader.ts";
import { isUnread, seenByAnybody, seenIds } from "../run/seen.ts";
import { newestFirst } from "../run/store.ts";
import type { FleetContext } from "../workspace/context.ts";
import { readRuns } from "./read_runs.ts";

/**
 * The ended runs whose results have not reached the caller, oldest first: of the
 * runs of a session of Claude Code those that it has not read, and of all runs
 * those that nobody has. `onDamaged` is called for records that cannot be read.
 */
export async function unseenRuns(
  context: FleetContext,
  onDamaged: (id: RunId, error: unknown) => void,
  reader?: Reader,
): Promise<EndedRecord[]> {
  const { meansAll, isFor, isInherited } = reader ?? await readerOf(context);
  const byAnybody = await seenByAnybody(context.workspace);
  const seen = meansAll ? byAnybody : await seenIds(context.workspace);
  // What falls to a session has no reader of its own any more.
  const isNews = async (record: RunRecord) =>
    meansAll || await isFor(record) &&
      !(byAnybody.has(record.run_id) && await isInherited(record));
  const ids = (await newestFirst(context.workspace)).filter((id) =>
    !seen.has(id)
  );
  return await readRuns(
    context,
    ids.reverse(),
    async (record) =>
      isUnread(record, seen) && await isNews(record) ? record : null,
    { onDamaged },
  );
}
