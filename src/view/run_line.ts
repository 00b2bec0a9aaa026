import { isEnded, type RunRecord } from "../run/record.ts";
import { stateMark } from "../run/state_mark.ts";
import { oneLine } from "../terminal/sanitize.ts";

/** Columns of a run's line in the text of an answer; the rest is in the structured part. */
const MOST_COLUMNS = 240;

/** A run in one line: mark, id, title, outcome, and what it says of itself, or why it waits. */
export function runLine(
  record: RunRecord,
  waiting: string | null = null,
): string {
  const words = isEnded(record)
    ? record.summary || record.reason
    : waiting ?? record.activity ?? "";
  return oneLine(
    `${stateMark(record)} ${record.run_id} ${record.title} (${
      outcomeOf(record)
    })${words === "" ? "" : `: ${words}`}`,
    MOST_COLUMNS,
  );
}

function outcomeOf(record: RunRecord): string {
  if (record.status !== "finished") return record.status.replace("_", " ");
  if (record.goal_met === null) return "no result";
  return record.goal_met ? "goal met" : "goal not met";
}
