import { type EndedRecord, isEnded, isGood, type RunRecord } from "./record.ts";

/** The outcome of a run: `goal_not_met` means that it finished too, `failed` that something else ended it. */
export type RunOutcome = "goal_met" | "goal_not_met" | "failed" | "unfinished";

/** The outcome of a run, for exit codes and sums. */
export function outcomeClass(record: RunRecord): RunOutcome {
  if (!isEnded(record)) return "unfinished";
  if (record.status !== "finished") return "failed";
  return isGood(record) ? "goal_met" : "goal_not_met";
}

/** How long a run took, or has taken by `now`, in milliseconds; `null` if it has not started. */
export function durationOf(record: RunRecord, now = Date.now()): number | null {
  if (isEnded(record)) return record.duration_ms;
  return "started_at" in record
    ? Math.max(0, now - Date.parse(record.started_at))
    : null;
}

/** The text that represents an ended run: its worker's summary, or else why it ended. */
export function closingWords(
  { summary, reason }: Pick<EndedRecord, "summary" | "reason">,
): string {
  return summary || reason;
}
