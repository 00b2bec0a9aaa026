import { type Reader, readerOf } from "../owners/reader.ts";
import { activeIds } from "../queue/queue_files.ts";
import { parseRunId } from "../run/id.ts";
import { claimQuestion } from "../run/question_marks.ts";
import { readAnswer, readQuestions } from "../run/questions.ts";
import { isEnded, type LiveRecord, type RunRecord } from "../run/record.ts";
import { runFiles } from "../run/store.ts";
import type { WaitingFor } from "../run/waiting_for.ts";
import { ignored } from "../system/ignore.ts";
import type { FleetContext } from "../workspace/context.ts";
import { readRuns } from "./read_runs.ts";

/** A run whose worker waits for an answer. */
export type AskingRecord = LiveRecord & { waiting_for: WaitingFor };

/** Whether the worker of a run asks something that nobody has answered: until the worker continues, the record still holds a question that has been answered. */
export async function isAsking(
  context: FleetContext,
  record: RunRecord,
): Promise<boolean> {
  if (!mayAsk(record)) return false;
  const { id } = record.waiting_for;
  return await readAnswer(questionsOf(context, record), id) === null;
}

/** The same, judging by the record alone. */
export function mayAsk(record: RunRecord): record is AskingRecord {
  return !isEnded(record) && record.waiting_for !== null;
}

/** Notes that a session has been given the questions of its runs, so that no line or notice repeats them. */
export async function noteQuestionsTold(
  context: FleetContext,
  records: readonly AskingRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const { asker, isMeant } = await readerOf(context);
  for (const record of records) {
    if (asker === null || !await isMeant(record)) continue;
    await claimQuestion(questionsOf(context, record), record.waiting_for.id)
      .catch(ignored("the session is told of it once more"));
  }
}

/** Where the questions of a run are. */
export function questionsOf(
  { workspace }: FleetContext,
  { run_id }: RunRecord,
): string {
  return runFiles(workspace, parseRunId(run_id)).questions;
}

/** Whether a question in the folder has no answer. The record says so a moment later. */
export async function hasOpenQuestion(folder: string): Promise<boolean> {
  for (const { id, outcome } of await readQuestions(folder)) {
    if (outcome === null && await readAnswer(folder, id) === null) return true;
  }
  return false;
}

/** The runs for the reader whose workers ask, the one that has waited longest first. */
export async function askingRuns(
  context: FleetContext,
  { meansAll, isFor }: Reader,
): Promise<AskingRecord[]> {
  const runs = await readRuns(
    context,
    await activeIds(context.workspace),
    async (record) =>
      mayAsk(record) && await isAsking(context, record) &&
        (meansAll || await isFor(record))
        ? record
        : null,
  );
  return runs.toSorted((a, b) =>
    a.waiting_for.asked_at < b.waiting_for.asked_at ? -1 : 1
  );
}
