import { mayStayUnread, unreadHint } from "../claude/unread_hint.ts";
import type { FleetContext } from "../fleet/mod.ts";
import { parseRunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import { markDelivered, markSeen, seenIds } from "../run/seen.ts";
import type { Workspace } from "../workspace/workspace.ts";

/**
 * Notes that a result was printed to the end; called after the output, so that
 * a command that is killed leaves the result in the inbox. Where nothing can
 * be written the result just stays there.
 */
export async function acknowledge(
  workspace: Workspace,
  record: EndedRecord,
): Promise<void> {
  await markSeen(workspace, parseRunId(record.run_id)).catch(() => {});
}

/**
 * The same for a wait. What it has printed for Claude Code is not read yet: it
 * stays in the inbox, and only who wakes Claude is told that it need not.
 */
export async function acknowledgeWait(
  { workspace, caller }: FleetContext,
  ended: readonly EndedRecord[],
  say: (text: string) => void,
): Promise<void> {
  if (!mayStayUnread(caller.env, Deno.stdout.isTerminal())) {
    for (const record of ended) await acknowledge(workspace, record);
    return;
  }
  const seen = await seenIds(workspace).catch(() => new Set());
  const unread = ended.map(({ run_id }) => parseRunId(run_id))
    .filter((id) => !seen.has(id));
  for (const id of unread) await markDelivered(workspace, id).catch(() => {});
  if (unread.length > 0) say(unreadHint(unread));
}
