import type { EndedRecord } from "../run/record.ts";
import { stateMark } from "../run/state_mark.ts";
import { oneLine } from "../terminal/sanitize.ts";

const SUMMARY_COLUMNS = 200;

/** What became of an attempt that has another after it, in one line; `columns` limits what the worker says. */
export function attemptLine(
  record: EndedRecord,
  columns = SUMMARY_COLUMNS,
): string {
  const words = oneLine(record.summary || record.reason, columns);
  return `${
    stateMark(record)
  } Attempt ${record.chain.attempt}, run ${record.run_id}${
    record.profile ? ` (${record.profile})` : ""
  }: ${words}; next is run ${record.next_run_id}`;
}
