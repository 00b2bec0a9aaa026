import {
  type Answer,
  leaveAnswer,
  type Question,
  readQuestion,
} from "../run/questions.ts";
import type { RunId } from "../run/id.ts";
import { isEnded, type RunRecord } from "../run/record.ts";
import { readQuestionName } from "../run/question_name.ts";
import { runFiles } from "../run/store.ts";
import type { WaitingFor } from "../run/waiting_for.ts";
import { environmentError, usageError } from "../system/errors.ts";
import { formatDuration } from "../text/duration.ts";
import { firstOf, plural } from "../text/wording.ts";
import type { FleetContext } from "../workspace/context.ts";
import { reconcileRun } from "../lifecycle/reconcile.ts";
import { lookUntil } from "./wait.ts";
import { resolveNamed } from "./resolve_named.ts";

/** What somebody says to the question of a worker. */
export type Saying =
  | { decision: "answer"; texts: readonly string[] }
  /** The numbers of the choices, counted from 1: one for each thing that was asked. */
  | { decision: "choose"; choices: readonly number[] }
  | { decision: "approve" }
  | { decision: "deny" };

export interface AnswerRequest {
  saying: Saying;
  by: Answer["by"];
  /** How long to wait until the worker has the answer, in milliseconds. */
  patienceMs?: number;
}

/** A longer text for a worker belongs in a file. */
const MOST_CHARACTERS = 100_000;

/** A supervisor passes an answer on at once; one that is suspended does not. */
const PATIENCE_MS = 30_000;

/**
 * The open question that is named as `ID/N`, or by its run alone: then the one that
 * the run waits for. Throws a `usage` error if there is none, and what `resolveNamed` throws.
 */
export async function openQuestionOf(
  context: FleetContext,
  name: string,
): Promise<{ id: RunId; question: Question }> {
  const { run, question: number } = readQuestionName(name);
  const id = await resolveNamed(context, run, { mayBeTitle: false });
  const record = await reconcileRun(context, id);
  const asked = number ?? record.waiting_for?.id ?? null;
  if (asked === null) throw usageError(nothingToAnswer(record));
  const { questions } = runFiles(context.workspace, id);
  const question = await readQuestion(questions, asked);
  if (question === null) {
    throw usageError(
      `Cannot answer run "${id}": it has no question ${asked}`,
    );
  }
  if (question.outcome !== null) {
    throw usageError(
      `Cannot answer run "${id}": question ${asked} is over (${question.outcome})`,
    );
  }
  if (isEnded(record)) throw usageError(nothingToAnswer(record));
  return { id, question };
}

function nothingToAnswer(record: RunRecord): string {
  const { run_id } = record;
  if (!isEnded(record)) {
    return `Cannot answer run "${run_id}": it is not asking anything; to tell it something, call "agentctl send ${run_id} TEXT"`;
  }
  const remedy = record.next_run_id === null
    ? `continue it with "agentctl resume --parent-run-id ${run_id}"`
    : `answer its next attempt "${record.next_run_id}"`;
  return `Cannot answer run "${run_id}": it has ended; ${remedy}`;
}

/**
 * Answers a question of a worker, and returns the question as it ended: the worker
 * has the answer, or its outcome says why not. Throws a `usage` error if somebody
 * else has answered, or the answer does not fit.
 */
export async function answerQuestion(
  context: FleetContext,
  id: RunId,
  question: Question,
  { saying, by, patienceMs = PATIENCE_MS }: AnswerRequest,
): Promise<Question> {
  const { questions } = runFiles(context.workspace, id);
  const isLeft = await leaveAnswer(questions, question.id, {
    by,
    at: new Date().toISOString(),
    ...answerOf(id, question, saying),
  });
  if (!isLeft) {
    throw usageError(
      `Cannot answer run "${id}": question ${question.id} has been answered by somebody else, or is over`,
    );
  }
  return await untilOver(context, id, question, patienceMs);
}

/** What fits the question. Throws a `usage` error. */
function answerOf(
  id: RunId,
  { id: number, kind, asks }: WaitingFor,
  saying: Saying,
): Pick<Answer, "decision" | "texts"> {
  const refused = (why: string) =>
    usageError(`Cannot answer question ${number} of run "${id}": ${why}`);
  if (saying.decision === "deny") return { decision: "deny", texts: [] };
  if (kind === "approval") {
    if (saying.decision === "approve") {
      return { decision: "approve", texts: [] };
    }
    throw refused("it asks for an approval; give --approve or --deny");
  }
  if (saying.decision === "approve") {
    throw refused("it does not ask for an approval; give an answer in words");
  }
  const given = saying.decision === "answer" ? saying.texts : saying.choices;
  if (given.length !== asks.length) {
    throw refused(
      `it asks ${plural(asks.length, "thing")}, so it needs ${
        plural(asks.length, "answer")
      }, not ${given.length}${
        asks.length < given.length && saying.decision === "answer"
          ? "; put an answer of several words in quotes"
          : ""
      }`,
    );
  }
  const texts = asks.map(({ choices, free }, index) => {
    const labels = choices.map(({ label }) => label);
    const value = given[index] ?? "";
    if (typeof value === "number") {
      const label = labels[value - 1];
      if (label !== undefined) return label;
      throw refused(
        labels.length === 0
          ? "it offers no choices; answer in words"
          : `there is no choice ${value}; choose from 1 to ${labels.length}`,
      );
    }
    if (value.trim() === "") throw refused("the answer is empty");
    if (value.length > MOST_CHARACTERS) {
      throw refused(
        `the answer has more than ${MOST_CHARACTERS} characters; put the bulk into a file and name it`,
      );
    }
    if (free || labels.includes(value)) return value;
    throw refused(
      `"${value}" is not one of its choices: ${firstOf(labels, 8)}`,
    );
  });
  return { decision: "answer", texts };
}

/** Waits until the worker has the answer and the record says so, or until it is clear that it never will. Throws an `environment` error if the run ends before, or time runs out. */
async function untilOver(
  context: FleetContext,
  id: RunId,
  { id: number }: Question,
  patienceMs: number,
): Promise<Question> {
  const { folder, questions } = runFiles(context.workspace, id);
  const folders = [folder, questions];
  const late = AbortSignal.timeout(patienceMs);
  const over = await lookUntil(context, id, folders, late, async (record) => {
    const question = await readQuestion(questions, number);
    const isOver = question !== null && question.outcome !== null;
    // Whoever waits for the run from now on must not be told of it again.
    if (isOver && record.waiting_for?.id !== number) return question;
    if (!isEnded(record)) return null;
    throw environmentError(
      `Cannot answer run "${id}": it ended before its worker had the answer`,
    );
  });
  if (over !== null) return over;
  throw environmentError(
    `Cannot tell whether the worker of run "${id}" has the answer after ${
      formatDuration(patienceMs)
    }; the answer is kept, so look again with "agentctl show ${id}"`,
  );
}
