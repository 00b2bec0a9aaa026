import { askerOf } from "../../owners/asker.ts";
import type { Reason } from "../../permission/reasons_to_ask.ts";
import { markAsked } from "../../run/question_marks.ts";
import type { Caller } from "../../workspace/workspace.ts";
import { fitsDialog } from "./fits_dialog.ts";

/**
 * Notes which approvals the session's user is being asked about, in these words:
 * without that, the command refuses them. In print mode Claude Code asks nobody, and
 * programs that embed it may answer for their users.
 * Returns why not, if the dialog would not show all that the user has to judge.
 */
export async function noteAsked(
  reasons: readonly Reason[],
  words: string,
  caller: Caller,
): Promise<string | null> {
  if (caller.env["CLAUDE_CODE_ENTRYPOINT"] !== "cli") return null;
  const asker = await askerOf(caller);
  if (asker === null) return null;
  const { session, process } = asker;
  const approvals = reasons.flatMap(({ approves }) => approves ?? []);
  for (const { seen } of approvals) {
    const end = words.indexOf(seen) + seen.length;
    if (!await fitsDialog(words.slice(0, end), caller.env)) return TOO_LONG;
  }
  for (const { folder, id } of approvals) {
    await markAsked(folder, id, { session, process });
  }
  return null;
}

const TOO_LONG =
  "What the worker wants is too long for a dialog. Tell the user to read it with agentctl show and then approve it in a terminal with the same command, or deny it";
