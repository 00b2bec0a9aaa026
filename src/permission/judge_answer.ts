import { readerOf } from "../owners/reader.ts";
import { resolveNamed } from "../fleet/resolve_named.ts";
import { parseRunId } from "../run/id.ts";
import { readQuestionName } from "../run/question_name.ts";
import { readQuestion } from "../run/questions.ts";
import type { RunRecord } from "../run/record.ts";
import { readRecord, runFiles } from "../run/store.ts";
import { harmlessLine } from "../text/others_words.ts";
import { showExactly } from "../text/show_exactly.ts";
import { escapeCharacter } from "../text/unseen.ts";
import type { FleetContext } from "../workspace/context.ts";
import type { ReadCall } from "./read_call.ts";
import type { Reason } from "./reasons_to_ask.ts";

const TITLE_COLUMNS = 60;
const REASON_COLUMNS = 300;

/**
 * Why the user has to be asked before a model may answer a worker: about every
 * approval, about the runs of other sessions, and, by `ofWords`, about words for a
 * worker that may do more than the session. What the worker itself has offered, and
 * a refusal, say nothing new to it. Empty for a call that the command refuses.
 */
export async function reasonsOfAnswering(
  context: FleetContext,
  { args: [name = ""], options }: ReadCall,
  ofWords: (record: RunRecord) => Promise<Reason[]>,
): Promise<Reason[]> {
  const { workspace } = context;
  const { run, question } = readQuestionName(name);
  const id = await resolveNamed(context, run, { mayBeTitle: false });
  const record = await readRecord(workspace, id);
  const { isFor } = await readerOf(context);
  const reasons: Reason[] = await isFor(record) ? [] : [{
    kind: "command",
    which: "answer",
    words: "it answers a worker of another session",
  }];
  if (options.has("approve")) {
    // The command refuses any other name.
    if (question === null || name !== `${id}/${question}`) return reasons;
    reasons.push(...await reasonsOfApproval(context, record, question));
  } else if (!options.has("deny") && !options.has("choice")) {
    reasons.push(...await ofWords(record));
  }
  return reasons;
}

/**
 * What the user is to judge. What would be done comes first, between marks that nothing
 * in it can close, because a dialog may cut off the end.
 */
async function reasonsOfApproval(
  { workspace }: FleetContext,
  record: RunRecord,
  id: number,
): Promise<Reason[]> {
  const folder = runFiles(workspace, parseRunId(record.run_id)).questions;
  const question = await readQuestion(folder, id);
  if (question?.kind !== "approval" || question.outcome !== null) return [];
  const { command, cwd, reason, asks } = question;
  const isCommand = command !== null && asks.length === 0;
  const isElsewhere = cwd !== null && cwd !== record.cwd;
  const seen = [
    `a worker wants to ${isCommand ? "run" : "go"} outside its sandbox:`,
    ...asks.map(({ question }) => marked(question)),
    ...command === null ? [] : [marked(command)],
    ...isElsewhere ? [`in ${marked(cwd)}`] : [],
  ].join("\n");
  const more = [
    ...cwd === null || isElsewhere ? [] : [`in its folder ${marked(cwd)}`],
    `run ${quotedLine(record.title, TITLE_COLUMNS)}`,
    ...reason === null
      ? []
      : [`the worker's reason: ${quotedLine(reason, REASON_COLUMNS)}`],
  ];
  return [{
    kind: "approval",
    words: `${seen}\n${more.join(" · ")}`,
    approves: { folder, id, seen },
  }];
}

/** Gaps that could push the rest out of sight, and marks that could close ours. */
const HIDING = /[«»]| {3,}/g;

/** A text exactly as it is, between marks that it cannot hold. */
function marked(text: string): string {
  const escaped = showExactly(text).replaceAll(
    HIDING,
    (found) => [...found].map(escapeCharacter).join(""),
  );
  return `«${escaped}»`;
}

/** Words of a worker, in one line. */
function quotedLine(text: string, columns: number): string {
  return JSON.stringify(harmlessLine(text, columns));
}
