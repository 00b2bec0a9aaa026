import { usageError } from "../system/errors.ts";

/** Names a question as users do: by its run alone, or as `ID/N`. */
export interface QuestionName {
  /** A run, by any of its names. */
  run: string;
  /** `null`: the one that the run waits for. */
  question: number | null;
}

/** Reads the name of a question. Throws a `usage` error if what follows the slash is not the number of a question. */
export function readQuestionName(text: string): QuestionName {
  const slash = text.lastIndexOf("/");
  if (slash < 0) return { run: text, question: null };
  const digits = text.slice(slash + 1);
  if (!/^[1-9]\d{0,8}$/.test(digits)) {
    throw usageError(
      `Cannot use "${digits}" as the number of a question: name it as ID/N, such as "@last/1"`,
    );
  }
  return { run: text.slice(0, slash), question: Number(digits) };
}
