import { usageError } from "../system/errors.ts";

/** Asks a question that `y` agrees to. Throws the `refusal` as a `usage` error if there is no terminal to ask on. */
export function askPerson(question: string, refusal: string): boolean {
  if (!Deno.stdin.isTerminal() || !Deno.stderr.isTerminal()) {
    throw usageError(refusal);
  }
  return /^\s*(y|yes)\s*$/i.test(prompt(`${question} [y/N]`) ?? "");
}
