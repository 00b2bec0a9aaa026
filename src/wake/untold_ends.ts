import { readRuns } from "../fleet/read_runs.ts";
import type { Reader } from "../owners/reader.ts";
import { type EndedRecord, isEnded } from "../run/record.ts";
import { seenByOwnerOrUser, seenBySessions, toldIds } from "../run/seen.ts";
import { newestFirst, readRecord } from "../run/store.ts";
import { instead } from "../system/ignore.ts";
import type { FleetContext } from "../workspace/context.ts";

/**
 * The reader's runs whose ends nobody has told: those that are unread and, read or
 * not, those that were asked for since a time.
 */
export async function untoldEnds(
  context: FleetContext,
  { isMeant, isInherited }: Reader,
  since: Date,
): Promise<EndedRecord[]> {
  const { workspace } = context;
  const told = await toldIds(workspace);
  const seen = await seenBySessions(workspace);
  const byOwnerOrUser = await seenByOwnerOrUser(workspace);
  const ids = [];
  let isRecent = true;
  for (const id of await newestFirst(workspace)) {
    if (told.has(id)) continue;
    if (seen.has(id)) {
      if (!isRecent) continue;
      const record = await readRecord(workspace, id).catch(
        instead(null, "a damaged run has no end to tell"),
      );
      isRecent = record === null || new Date(record.created_at) >= since;
      if (!isRecent) continue;
    }
    ids.push(id);
  }
  return await readRuns(
    context,
    ids,
    async (record) =>
      isEnded(record) && record.next_run_id === null &&
        // Those of earlier versions are everybody's, in the inbox.
        record.owner !== null && await isMeant(record) &&
        // As in the inbox: what has fallen to a session and has been read is not new.
        !(byOwnerOrUser.has(record.run_id) && await isInherited(record))
        ? record
        : null,
  );
}
