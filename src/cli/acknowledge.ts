import { mayStayUnread, unreadHint } from "../claude/hooks/unread_hint.ts";
import type { FleetContext } from "../workspace/context.ts";
import { markRead } from "../owners/read_marks.ts";
import { readerOf } from "../owners/reader.ts";
import { parseRunId, type RunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import { markDelivered, seenBySessions } from "../run/seen.ts";
import { ignored, instead } from "../system/ignore.ts";

/**
 * Notes that a wait has printed results to the end; called after the output, so
 * that a killed wait leaves them in the inbox. What it printed for Claude Code
 * has not been read yet: it stays in the inbox, and only the hook that wakes
 * Claude learns that it need not do so.
 */
export async function acknowledgeWait(
  context: FleetContext,
  ended: readonly EndedRecord[],
  say: (text: string) => void,
): Promise<void> {
  const { workspace, caller } = context;
  if (!mayStayUnread(caller.env)) return await markRead(context, ended);
  const { isFor } = await readerOf(context);
  const seen = await seenBySessions(workspace).catch(
    instead(new Set(), "results may be shown as unread once more"),
  );
  const unread: RunId[] = [];
  for (const record of ended) {
    const id = parseRunId(record.run_id);
    // The inbox does not list what another session asked for.
    if (seen.has(id) || !await isFor(record)) continue;
    unread.push(id);
    await markDelivered(workspace, id).catch(
      ignored("the result is shown as unread once more"),
    );
  }
  if (unread.length > 0) say(unreadHint(unread));
}
