import { processKey } from "../owners/claude_notes.ts";
import type { RunRecord } from "../run/record.ts";

type Owned = Pick<RunRecord, "owner">;

/** Enough of a session's id to recognise it, and to tell sessions apart. */
const SESSION_CHARACTERS = 8;

/** Who asked for a run, in a word or two: a session of Claude Code, and its pane. `null` for an older run. */
function ownerWords({ owner }: Owned): string | null {
  if (owner === null) return null;
  if (owner.session === null) return "user";
  const session = owner.session.slice(0, SESSION_CHARACTERS);
  return owner.pane === null ? session : `${session} ${owner.pane}`;
}

/** The session that asked for a run; `null` if it was the user, or is not known. */
export function briefOwner({ owner }: Owned): Record<string, unknown> | null {
  return owner?.session ? { session: owner.session, pane: owner.pane } : null;
}

/**
 * Who asked for the runs of a list, newest first, by id: empty unless there are
 * several. A process of Claude Code is one, whichever session it held.
 */
export function ownerColumn(
  records: readonly (Owned & Pick<RunRecord, "run_id">)[],
): ReadonlyMap<string, string> {
  const words = new Map<string, string>();
  const column = new Map<string, string>();
  for (const record of records) {
    const shown = ownerWords(record);
    if (shown === null) continue;
    const { process, session } = record.owner ?? {};
    const key = process ? processKey(process) : String(session);
    words.set(key, words.get(key) ?? shown);
    column.set(record.run_id, words.get(key) ?? shown);
  }
  return words.size > 1 ? column : new Map();
}
