import type { RunId } from "../run/id.ts";
import type { EndedRecord, RunRecord } from "../run/record.ts";
import { type Reader, readerOf } from "../owners/reader.ts";
import {
  isUnread,
  seenByAnybody,
  seenByOwnerOrUser,
  seenBySessions,
} from "../run/seen.ts";
import { newestFirst } from "../run/store.ts";
import type { FleetContext } from "../workspace/context.ts";
import { readRuns } from "./read_runs.ts";

/**
 * The ended runs whose results have not reached the caller, oldest first: of the
 * runs of a session of Claude Code those that it has not read, and for the user
 * those that neither they nor the session that asked for them have. `onDamaged` is called for records that cannot be read.
 */
export async function unseenRuns(
  context: FleetContext,
  onDamaged: (id: RunId, error: unknown) => void,
  reader?: Reader,
): Promise<EndedRecord[]> {
  const { asker, meansAll, isFor, isInherited } = reader ??
    await readerOf(context);
  const { workspace } = context;
  const byOwnerOrUser = await seenByOwnerOrUser(workspace);
  const seen = asker === null
    ? byOwnerOrUser
    : meansAll
    ? await seenByAnybody(workspace)
    : await seenBySessions(workspace);
  // What falls to a session has no reader of its own any more.
  const isNews = async (record: RunRecord) =>
    meansAll || await isFor(record) &&
      !(byOwnerOrUser.has(record.run_id) && await isInherited(record));
  const ids = (await newestFirst(workspace)).filter((id) => !seen.has(id));
  return await readRuns(
    context,
    ids.reverse(),
    async (record) =>
      isUnread(record, seen) && await isNews(record) ? record : null,
    { onDamaged },
  );
}
