import { type RunRecord, tokensOf } from "../run/record.ts";
import type { EndingCause } from "./ending.ts";

/**
 * How a run that has used up its token budget, or its chain's, ends; `null` as
 * long as both have something left.
 */
export function overdraftOf(
  record: Pick<RunRecord, "run_id" | "usage" | "max_tokens" | "chain">,
): EndingCause | null {
  const { max_tokens, chain } = record;
  const used = tokensOf(record.usage);
  const goOn = `agentctl resume --parent-run-id ${record.run_id}`;
  if (max_tokens !== null && used >= max_tokens) {
    return ending(
      `The budget of ${max_tokens} tokens was reached (${used} used)`,
      `Look at what was done, then continue with "${goOn} --max-tokens N --prompt TEXT"`,
    );
  }
  const together = chain.spent_tokens + used;
  if (chain.max_tokens !== null && together >= chain.max_tokens) {
    return ending(
      `The chain's budget of ${chain.max_tokens} tokens was reached (${together} used)`,
      `Look at what was done, then continue with "${goOn} --prompt TEXT"`,
    );
  }
  return null;
}

function ending(reason: string, remedy: string): EndingCause {
  return {
    status: "stopped",
    reason,
    firstSignal: "SIGINT",
    failure: { class: "budget", message: reason, remedy },
  };
}
