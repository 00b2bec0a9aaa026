import { mayStayUnread, unreadHint } from "../claude/hooks/unread_hint.ts";
import type { FleetContext } from "../workspace/context.ts";
import { parseRunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import { markAllSeen, markDelivered, seenIds } from "../run/seen.ts";
import { ignored, instead } from "../system/ignore.ts";

/**
 * Notes that a wait has printed results to the end; called after the output, so
 * that a killed wait leaves them in the inbox. What it printed for Claude Code
 * has not been read yet: it stays in the inbox, and only the hook that wakes
 * Claude learns that it need not do so.
 */
export async function acknowledgeWait(
  { workspace, caller }: FleetContext,
  ended: readonly EndedRecord[],
  say: (text: string) => void,
): Promise<void> {
  if (!mayStayUnread(caller.env, Deno.stdout.isTerminal())) {
    return await markAllSeen(workspace, ended);
  }
  const seen = await seenIds(workspace).catch(
    instead(new Set(), "results may be shown as unread once more"),
  );
  const unread = ended.map(({ run_id }) => parseRunId(run_id))
    .filter((id) => !seen.has(id));
  for (const id of unread) {
    await markDelivered(workspace, id).catch(
      ignored("the result is shown as unread once more"),
    );
  }
  if (unread.length > 0) say(unreadHint(unread));
}
