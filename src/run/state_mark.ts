import type { RunRecord } from "./record.ts";

/** The mark of a run's state, for titles, tables and messages. */
export function stateMark(
  record: Pick<RunRecord, "status"> & { goal_met?: boolean | null },
): string {
  switch (record.status) {
    case "queued":
      return "○";
    case "starting":
    case "running":
      return "●";
    case "finished":
      return record.goal_met ? "✓" : "✗";
    case "stopped":
      return "■";
    case "timed_out":
      return "◷";
    default:
      return "!";
  }
}
