import { unseenRuns } from "../../fleet/inbox.ts";
import { joinSession } from "../../fleet/join_session.ts";
import { askerOf } from "../../owners/asker.ts";
import { readerOf } from "../../owners/reader.ts";
import { WORDS_NOTE } from "../../text/others_words.ts";
import {
  type Caller,
  locateWorkspace,
  openWorkspace,
} from "../../workspace/workspace.ts";
import { runLine } from "../../view/run_line.ts";
import { ignore, ignored } from "../../system/ignore.ts";

/** Every session begins with this text, so it stays short. */
const MOST_BYTES = 3_000;

/**
 * What Claude Code is told at the start of a session, and after `/clear`,
 * `/compact` and `--resume`: the results of its runs that it has not read, newest
 * first; `null` if there are none. They stay unseen, because it is unknown here
 * whether the text reaches anybody. `source` is what has begun the session, in
 * Claude Code's words.
 */
export async function sessionStart(
  caller: Caller,
  source?: unknown,
): Promise<string | null> {
  if ((await locateWorkspace(caller, undefined)).missing) return null;
  const workspace = await openWorkspace(caller, undefined);
  const context = { workspace, caller };
  const asker = await askerOf(caller, { search: true });
  if (asker !== null) {
    // After /clear and /compact it is the same session for the user.
    const begins = source !== "clear" && source !== "compact";
    await joinSession(context, asker, { inherits: begins })
      .catch(ignored("the session has only the runs that it asked for"));
  }
  const records = await unseenRuns(
    context,
    (_, error) => ignore(error, "a damaged run is not listed"),
    await readerOf(context, { asker }),
  );
  if (records.length === 0) return null;
  const lines: string[] = [];
  let bytes = 0;
  for (const record of records.toReversed()) {
    const line = runLine(record, { quoted: true });
    bytes += new TextEncoder().encode(line).length + 1;
    if (bytes > MOST_BYTES) break;
    lines.push(line);
  }
  const more = records.length - lines.length;
  return [
    `agentctl runs that have ended and whose results nobody has read (${records.length}):`,
    ...lines,
    ...more > 0 ? [`and ${more} older: see "agentctl inbox"`] : [],
    `Read one with "agentctl show <id>", which removes it from this list; "agentctl ack <id>" does so unread. ${WORDS_NOTE}.`,
  ].join("\n");
}
