import type { TransportChoice } from "../codex/transports.ts";
import type { RunTask } from "../run/record.ts";

/** The warning for a run whose budget can only count at the end of a turn; `null` if it counts after each answer of the model. */
export function lateBudget(
  { ephemeral, max_tokens, chain }: Pick<
    RunTask,
    "ephemeral" | "max_tokens" | "chain"
  >,
  transport: TransportChoice,
): string | null {
  const hasBudget = max_tokens !== null || chain.max_tokens !== null;
  if (transport !== "exec" || !ephemeral || !hasBudget) return null;
  return '"codex exec" reports the tokens of an ephemeral run only at the end of a turn, which may go over the budget; with --transport app-server each answer counts';
}
