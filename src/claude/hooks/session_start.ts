import { unseenRuns } from "../../fleet/inbox.ts";
import { WORDS_NOTE } from "../../text/others_words.ts";
import {
  type Caller,
  locateWorkspace,
  openWorkspace,
} from "../../workspace/workspace.ts";
import { runLine } from "../../view/run_line.ts";
import { ignore } from "../../system/ignore.ts";

/** Every session begins with this text, so it stays short. */
const MOST_BYTES = 3_000;

/**
 * What Claude Code is told at the start of a session, and after `/clear`,
 * `/compact` and `--resume`: the results that nobody has read, newest first;
 * `null` if there are none. They stay unseen, because it is unknown here whether
 * the text reaches anybody.
 */
export async function sessionStart(caller: Caller): Promise<string | null> {
  if ((await locateWorkspace(caller, undefined)).missing) return null;
  const workspace = await openWorkspace(caller, undefined);
  const records = await unseenRuns(
    { workspace, caller },
    (_, error) => ignore(error, "a damaged run is not listed"),
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
