import { closingWords } from "../run/outcome.ts";
import type { EndedRecord } from "../run/record.ts";
import { harmlessLine } from "../text/others_words.ts";
import { outcomeOf } from "../terminal/outcome.ts";

const SUMMARY_COLUMNS = 200;

/** The outcome of an attempt that was followed by another, in one line; `columns` limits the worker's words. */
export function attemptLine(
  record: EndedRecord,
  columns = SUMMARY_COLUMNS,
): string {
  return `${
    outcomeOf(record).mark
  } Attempt ${record.chain.attempt}, run ${record.run_id}${
    record.profile ? ` (${record.profile})` : ""
  }: ${
    harmlessLine(closingWords(record), columns)
  }; next is run ${record.next_run_id}${
    record.summary === "" ? "" : " (in the words of its worker)"
  }`;
}
