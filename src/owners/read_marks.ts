import { parseRunId } from "../run/id.ts";
import { type EndedRecord, isEnded, type RunRecord } from "../run/record.ts";
import { markSeen, markSeenBySession, markSeenByUser } from "../run/seen.ts";
import { ignored } from "../system/ignore.ts";
import type { FleetContext } from "../workspace/context.ts";
import { type Reader, readerOf } from "./reader.ts";

/**
 * Notes that results have reached whoever makes the call. What the user or another
 * session reads stays in the inbox of the session that asked for it, and what a
 * session reads in that of the user who did. If nothing can be written, they just
 * stay in the inbox.
 */
export async function markRead(
  context: FleetContext,
  records: readonly RunRecord[],
  reader?: Reader,
): Promise<void> {
  const who = reader ?? await readerOf(context);
  for (const record of records) {
    if (!isEnded(record)) continue;
    await markResult(context, record, who)
      .catch(ignored("the run stays in the inbox"));
  }
}

/**
 * The same for one result, and throws what the system refuses. Returns whether
 * there was anything to note: a session has no say about the runs of others.
 */
export async function markResult(
  { workspace }: FleetContext,
  record: EndedRecord,
  { asker, isFor }: Reader,
): Promise<boolean> {
  const id = parseRunId(record.run_id);
  const own = await isFor(record);
  if (!own && asker !== null) return false;
  const isUsers = record.owner !== null && record.owner.session === null;
  const mark = !own
    ? markSeenByUser
    : isUsers && asker !== null
    ? markSeenBySession
    : markSeen;
  await mark(workspace, id);
  return true;
}
