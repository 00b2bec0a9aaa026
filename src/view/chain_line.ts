import { closingWords } from "../run/outcome.ts";
import { questionLine } from "../run/question_lines.ts";
import { isEnded, type RunRecord } from "../run/record.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import { harmlessLine } from "../text/others_words.ts";

/** Why there is an attempt, and how it ended, in one line. */
export function chainLine(record: RunRecord): string {
  return `${causeOf(record)}: ${endOf(record)}`;
}

function causeOf(record: RunRecord): string {
  switch (record.chain.cause) {
    case "retry":
      return "retried after a transient failure";
    case "limit":
      return "retried after an account limit";
    case "escalation":
      return `handed to ${record.profile ?? "another profile"}`;
    default:
      return record.parent_run_id === null ? "started" : "resumed";
  }
}

function endOf(record: RunRecord): string {
  return isEnded(record)
    ? harmlessLine(closingWords(record), 200)
    : record.waiting_for !== null
    ? `asks: ${questionLine(record.waiting_for)}`
    : outcomeOf(record).words;
}
