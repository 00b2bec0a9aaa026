import { mayAsk, noteQuestionsTold } from "../../fleet/asking.ts";
import { unseenRuns } from "../../fleet/inbox.ts";
import { joinSession } from "../../fleet/join_session.ts";
import { readLiveRuns } from "../../fleet/resolve_targets.ts";
import { type Asker, askerOf } from "../../owners/asker.ts";
import {
  hasMonitor,
  startsMonitors,
  wakeMonitor,
} from "../../owners/monitor_place.ts";
import { type Reader, readerOf } from "../../owners/reader.ts";
import { answerCommands } from "../../run/question_lines.ts";
import { parseRunId } from "../../run/id.ts";
import type { RunRecord } from "../../run/record.ts";
import { claimTelling } from "../../run/seen.ts";
import type { FleetContext } from "../../workspace/context.ts";
import { homeWorkspace } from "../../workspace/state_folder.ts";
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

/** The part of that for runs that have not ended. */
const LIVE_BYTES = 1_000;

/** A variable that only the orchestrator's Claude Code has. */
const ORCHESTRATOR_VARIABLE = "AGENTCTL_NOTIFY_TARGET";

/**
 * What Claude Code is told at the start of a session, and after `/clear`,
 * `/compact` and `--resume`: where it is, which of its runs have not ended, and the
 * results that it has not read, newest first; `null` if there is nothing to tell.
 * Results stay unread, because it is unknown here whether the text reaches
 * anybody. `source` is what started the session, in Claude Code's words.
 */
export async function sessionStart(
  caller: Caller,
  source?: unknown,
): Promise<string | null> {
  if ((await locateWorkspace(caller, undefined)).missing) return null;
  const workspace = await openWorkspace(caller, undefined);
  const context = { workspace, caller };
  const asker = await askerOf(caller, { search: true });
  // After /clear and /compact it is the same session for the user.
  const begins = source !== "clear" && source !== "compact";
  if (asker !== null) {
    await joinSession(context, asker, { inherits: begins })
      .catch(ignored("the session has only the runs that it asked for"));
  }
  const reader = await readerOf(context, { asker });
  const parts = [
    await placeWords(context, source)
      .catch(ignored("the session begins without words about the place")),
    asker && await liveWords(context, asker, reader, begins),
    await unreadWords(context, reader, begins),
  ].filter((part) => typeof part === "string");
  return parts.length === 0 ? null : parts.join("\n\n");
}

/**
 * Words about the place, for an orchestrator, whose prompt has them only as they
 * were when Claude Code was started, and for other sessions in the folder of a
 * workspace: they would have to ask.
 */
async function placeWords(
  context: FleetContext,
  source: unknown,
): Promise<string | null> {
  const { workspace, caller: { env } } = context;
  const isMeant = env[ORCHESTRATOR_VARIABLE] === undefined
    ? workspace.root !== homeWorkspace(env)
    : source !== "startup";
  if (!isMeant) return null;
  const { contextText } = await import("./context_text.ts");
  return (await contextText(context)).trim();
}

/** Words about the runs of the session that have not ended, which its monitor is to follow. */
async function liveWords(
  context: FleetContext,
  { process }: Asker,
  reader: Reader,
  begins: boolean,
): Promise<string | null> {
  const { workspace, caller } = context;
  const runs = (await readLiveRuns(context, reader)).toReversed();
  if (runs.length === 0) return null;
  await wakeMonitor(caller.env, { process }, workspace.root)
    .catch(ignored("the ends of the runs come with the inbox"));
  const lines = fitting(runs, LIVE_BYTES);
  const ids = runs.map(({ run_id }) => run_id).join(" ");
  // At the start of a session, its monitor has not begun yet.
  const isTold = await hasMonitor(caller.env, process) ||
    await startsMonitors(caller.env);
  return [
    `agentctl runs of this session that have not ended (${runs.length}):`,
    ...lines,
    ...others(runs.length - lines.length, "agentctl list"),
    ...await askingWords(context, runs),
    isTold
      ? "A line tells you of the end of each: no wait is needed. If one has ended and none has come, see agentctl inbox."
      : begins
      ? `No wait for them is left. Wait again, in the background: agentctl wait ${ids} --any`
      : "Waits in the background go on.",
  ].join("\n");
}

/** How to answer the workers that ask; notes that the monitor need not report them too. */
async function askingWords(
  context: FleetContext,
  runs: readonly RunRecord[],
): Promise<string[]> {
  const asking = runs.filter(mayAsk);
  await noteQuestionsTold(context, asking);
  return asking.map(({ run_id, waiting_for }) =>
    `Run ${run_id} waits for an answer: "${
      answerCommands(run_id, waiting_for).join('" or "')
    }"`
  );
}

/** Words about the unread results. In a session that begins, nobody else tells them. */
async function unreadWords(
  context: FleetContext,
  reader: Reader,
  begins: boolean,
): Promise<string | null> {
  const records = (await unseenRuns(
    context,
    (_, error) => ignore(error, "a damaged run is not listed"),
    reader,
  )).toReversed();
  if (records.length === 0) return null;
  const lines = fitting(records, MOST_BYTES);
  // Those that do not fit are told of by their number.
  const told = begins && reader.asker !== null ? records : [];
  for (const record of told) {
    if (!await reader.isMeant(record)) continue;
    await claimTelling(context.workspace, parseRunId(record.run_id))
      .catch(ignored("the monitor tells it once more"));
  }
  return [
    `agentctl runs that have ended and whose results nobody has read (${records.length}):`,
    ...lines,
    ...others(records.length - lines.length, "agentctl inbox"),
    `Read one with "agentctl show <id>", which removes it from this list; "agentctl ack <id>" does so unread. ${WORDS_NOTE}.`,
  ].join("\n");
}

/** A line for each run, as many as fit. */
function fitting(records: readonly RunRecord[], most: number): string[] {
  const lines: string[] = [];
  let bytes = 0;
  for (const record of records) {
    const line = runLine(record, { quoted: true });
    bytes += new TextEncoder().encode(line).length + 1;
    if (bytes > most) break;
    lines.push(line);
  }
  return lines;
}

/** Where the runs are that did not fit. */
function others(count: number, where: string): string[] {
  return count > 0 ? [`and ${count} older: see "${where}"`] : [];
}
