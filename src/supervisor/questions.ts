import { pumpQuietly } from "../lifecycle/pump_quietly.ts";
import { watchPaths } from "../files/watch.ts";
import {
  type Answer,
  endQuestion,
  type Question,
  readAnswer,
  readQuestions,
  takeAnswer,
  writeQuestion,
} from "../run/questions.ts";
import { answerCommands, questionLines } from "../run/question_lines.ts";
import { makeRedact, redactAll } from "../run/redact.ts";
import { ANSWER_TIMEOUT_MS, type WaitingFor } from "../run/waiting_for.ts";
import { messageOf } from "../system/errors.ts";
import { ignored, instead } from "../system/ignore.ts";
import { aborted, delay, inTime } from "../system/delay.ts";
import type { Asked, Reply, Turn } from "../transport/turn.ts";
import { type SupervisedRun, warn } from "./supervised_run.ts";

/** What a worker is told if nobody answers in time, or somebody leaves it to the worker. */
const DECIDE_YOURSELF =
  "Nobody will answer this: decide yourself, and say in the notes of your result what you decided and why.";

/** The most that can be asked: a dialog must show all of what the user is asked to approve. */
const MOST_CHARACTERS = 4_000;

/** How long Codex may take to take an answer; meanwhile no time counts. */
const TAKING_MS = 30_000;

/** What stands still while the worker waits. */
interface Clocks {
  pause(): void;
  resume(): void;
}

/** Asks whoever is there. */
export type AskSomebody = Turn["onAsked"];

/**
 * Lets the worker of a run ask. A question is on the disk before anybody is told of it;
 * the first answer counts; the worker is told when nobody has answered in time. While it
 * waits, its clocks stand still, and its slot is free for others.
 */
export async function openQuestions(
  run: SupervisedRun,
  clocks: Clocks,
): Promise<AskSomebody> {
  const { keeper, pane, context, files: { questions: folder } } = run;
  const redact = makeRedact(run.env);
  const before = await readQuestions(folder);
  let lastId = before.at(-1)?.id ?? 0;
  /** The questions that are open, in the order of asking. The record has the first. */
  const open: WaitingFor[] = [];
  let waitingSince = 0;

  const show = async () => {
    const waited = Date.now() - waitingSince;
    const [first = null] = open;
    const isFirst = first !== null && keeper.current().waiting_for === null;
    if (isFirst) {
      waitingSince = Date.now();
      clocks.pause();
    }
    await keeper.updateNow({
      waiting_for: first,
      activity: first === null ? "thinking" : "waits for an answer",
      ...first === null
        ? { waited_ms: keeper.current().waited_ms + Math.max(0, waited) }
        : {},
    });
    // Another may have been asked meanwhile.
    if (open.length === 0) clocks.resume();
    // Its slot is free now.
    if (isFirst) await pumpQuietly(context);
  };

  return async (asked, signal, tell) => {
    if (isTooLong(asked)) {
      warn(run, "The worker asked for more than can be shown; it was refused");
      await tell(refusal(asked));
      return;
    }
    const now = Date.now();
    const time = keeper.current().answer_timeout_ms ?? ANSWER_TIMEOUT_MS;
    const waiting: WaitingFor = redactAll({
      ...asked,
      id: ++lastId,
      asked_at: new Date(now).toISOString(),
      until: new Date(now + time).toISOString(),
    }, redact);
    const question: Question = {
      ...waiting,
      outcome: null,
      closed_at: null,
      by: null,
    };
    try {
      await writeQuestion(folder, question);
    } catch (error) {
      warn(
        run,
        `The worker's question could not be saved: ${messageOf(error)}`,
      );
      await tell(refusal(asked));
      return;
    }
    open.push(waiting);
    pane.transcript.asked([
      ...questionLines(waiting),
      ...answerCommands(run.id, waiting),
    ]);
    await show();
    await untilAnswered(folder, waiting.id, time, signal);
    const answer = await takeAnswer(
      folder,
      question,
      signal.aborted ? "withdrawn" : "unanswered",
    ).catch(
      instead(null, "an answer that cannot be read is not passed on"),
    );
    const reply = answer === null ? refusal(asked) : replyOf(answer, asked);
    const isTold = await inTime(tell(reply), TAKING_MS, false);
    if (answer !== null) {
      const outcome = isTold ? outcomeOf(answer, asked) : "withdrawn";
      await endQuestion(folder, question, outcome, answer.by).catch(
        ignored("whoever answered is not told that the worker has it"),
      );
    }
    open.splice(open.indexOf(waiting), 1);
    say(run, waiting.id, answer, isTold);
    await show();
  };
}

/** Waits for an answer as long as the worker does. */
async function untilAnswered(
  folder: string,
  id: number,
  timeMs: number,
  signal: AbortSignal,
): Promise<void> {
  const answered = new AbortController();
  const look = async () => {
    if (await readAnswer(folder, id) !== null) answered.abort();
  };
  using _watch = watchPaths([folder], look);
  await look();
  const over = AbortSignal.any([answered.signal, signal]);
  await Promise.race([aborted(over), delay(timeMs, over)]);
}

function isTooLong({ asks, command, reason }: Asked): boolean {
  const words = JSON.stringify([asks, command, reason]);
  return words.length > MOST_CHARACTERS;
}

function outcomeOf({ decision }: Answer, { kind }: Asked): Question["outcome"] {
  if (decision === "deny") return "denied";
  return kind === "approval" ? "approved" : "answered";
}

function refusal({ kind, asks }: Asked): Reply {
  return kind === "approval"
    ? { approved: false }
    : { texts: asks.map(() => DECIDE_YOURSELF) };
}

function replyOf({ decision, texts }: Answer, asked: Asked): Reply {
  if (decision === "deny") return refusal(asked);
  return asked.kind === "approval"
    ? { approved: decision === "approve" }
    : { texts };
}

/** Says what became of a question: in the pane, and in the record if nobody answered. */
function say(
  run: SupervisedRun,
  id: number,
  answer: Answer | null,
  isTold: boolean,
): void {
  const { note } = run.pane.transcript;
  if (!isTold) return note(`Question ${id} was withdrawn`);
  if (answer === null) {
    return warn(
      run,
      `Nobody answered question ${id} in time, so the worker had to decide`,
    );
  }
  const whose = answer.by === "person" ? "You" : "The orchestrator";
  const did = { answer: "answered", approve: "approved", deny: "denied" };
  const words = [`${whose} ${did[answer.decision]} question ${id}`];
  note([...words, ...answer.texts].join(" · "));
}
