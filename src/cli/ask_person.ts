import { usageError } from "../system/errors.ts";

/** Asks a question that `y` agrees to. Throws the `refusal` as a `usage` error if there is no terminal to ask on. */
export function askPerson(question: string, refusal: string): boolean {
  // `prompt` writes to stdout, which may be caught, as in `ID=$(agentctl rerun @failed)`.
  if (!Deno.stdin.isTerminal() || !Deno.stdout.isTerminal()) {
    throw usageError(refusal);
  }
  return /^\s*(y|yes)\s*$/i.test(prompt(`${question} [y/N]`) ?? "");
}
