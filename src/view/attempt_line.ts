import { closingWords } from "../run/outcome.ts";
import type { EndedRecord } from "../run/record.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import { oneLine } from "../terminal/sanitize.ts";

const SUMMARY_COLUMNS = 200;

/** What became of an attempt that has another after it, in one line; `columns` limits what the worker says. */
export function attemptLine(
  record: EndedRecord,
  columns = SUMMARY_COLUMNS,
): string {
  return `${
    outcomeOf(record).mark
  } Attempt ${record.chain.attempt}, run ${record.run_id}${
    record.profile ? ` (${record.profile})` : ""
  }: ${
    oneLine(closingWords(record), columns)
  }; next is run ${record.next_run_id}`;
}
