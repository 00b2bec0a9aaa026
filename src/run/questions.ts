import { join } from "@std/path";
import * as z from "zod/mini";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { acquireLock, acquireLockSoon } from "../files/lock.ts";
import { ensureFolder } from "../files/make_new.ts";
import { entriesIfReadable, numbersIn } from "../files/entries_in.ts";
import { exists } from "../files/exists.ts";
import { MAX_BYTES } from "../files/bounded_read.ts";
import { readJson } from "../files/read_json.ts";
import { once } from "../system/once.ts";
import { WaitingFor } from "./waiting_for.ts";

const Time = z.iso.datetime({ offset: true });

/** Made on first use, like the record's. */
const questionSchema = once(() =>
  z.object({
    ...WaitingFor.shape,
    /**
     * How it ended; `null` while the worker waits. `unanswered`: nobody answered in
     * time. `withdrawn`: its turn ended first.
     */
    outcome: z.nullable(
      z.enum(["answered", "approved", "denied", "unanswered", "withdrawn"]),
    ),
    closed_at: z.nullable(Time),
    /** Who answered. */
    by: z.nullable(z.enum(["person", "orchestrator"])),
  })
);

/** A question of a worker, as its supervisor keeps it. */
export type Question = z.infer<ReturnType<typeof questionSchema>>;

const answerSchema = once(() =>
  z.object({
    by: z.enum(["person", "orchestrator"]),
    at: Time,
    /** `deny` refuses an approval, and leaves a question to the worker. */
    decision: z.enum(["answer", "approve", "deny"]),
    /** A text for each thing that was asked. */
    texts: z.array(z.string()),
  })
);

/** An answer, as it was left for the worker. */
export type Answer = z.infer<ReturnType<typeof answerSchema>>;

/** The names in a run's `questions` folder. */
const names = {
  /** Held for a moment by whoever answers, and by the supervisor when nobody has. */
  lock: "lock",
  question: (id: number) => `${id}.json`,
  answer: (id: number) => `${id}.answer.json`,
};

/** Writes a question; once it has been asked, only the supervisor does this, to say how it ended. */
export async function writeQuestion(
  folder: string,
  question: Question,
): Promise<void> {
  await ensureFolder(folder);
  await writeJsonAtomic(join(folder, names.question(question.id)), question);
}

/** A question of a run; `null` if there is none, or it is damaged. */
export async function readQuestion(
  folder: string,
  id: number,
): Promise<Question | null> {
  const path = join(folder, names.question(id));
  return await readJson(path, questionSchema, { maxBytes: MAX_BYTES.note });
}

/** All questions of a run that can be read, in the order of asking. */
export async function readQuestions(folder: string): Promise<Question[]> {
  const why = "questions that cannot be read count as none";
  const ids = numbersIn(await entriesIfReadable(folder, why));
  const questions = await Promise.all(
    ids.map((id) => readQuestion(folder, id)),
  );
  return questions.filter((question) => question !== null);
}

/** The answer to a question; `null` if there is none. */
export async function readAnswer(
  folder: string,
  id: number,
): Promise<Answer | null> {
  const path = join(folder, names.answer(id));
  return await readJson(path, answerSchema, { maxBytes: MAX_BYTES.prompt });
}

/**
 * Leaves the answer to a question that nobody has answered. Returns whether it was
 * left: the first one counts. Only the question's outcome says that the worker has it.
 */
export async function leaveAnswer(
  folder: string,
  id: number,
  answer: Answer,
): Promise<boolean> {
  using _lock = await acquireLock(join(folder, names.lock));
  const question = await readQuestion(folder, id);
  const path = join(folder, names.answer(id));
  if (question === null || question.outcome !== null || await exists(path)) {
    return false;
  }
  await writeJsonAtomic(path, answer);
  return true;
}

/** How long somebody may take to leave an answer. */
const ANSWERING_MS = 5_000;

/**
 * Takes the answer to a question whose time is over. If there is none, the question
 * ends without one, and nobody can answer it any more. A process that was suspended
 * while answering does not hold this up.
 */
export async function takeAnswer(
  folder: string,
  question: Question,
  outcome: "unanswered" | "withdrawn",
): Promise<Answer | null> {
  using _lock = await acquireLockSoon(join(folder, names.lock), ANSWERING_MS);
  const answer = await readAnswer(folder, question.id);
  if (answer === null) await endQuestion(folder, question, outcome, null);
  return answer;
}

/** Records how a question ended. */
export async function endQuestion(
  folder: string,
  question: Question,
  outcome: Question["outcome"],
  by: Question["by"],
): Promise<void> {
  const closed_at = new Date().toISOString();
  await writeQuestion(folder, { ...question, outcome, by, closed_at });
}
