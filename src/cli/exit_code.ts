import { outcomeClass, type RunOutcome } from "../run/outcome.ts";
import type { RunRecord } from "../run/record.ts";
import { EXIT_CODES } from "../system/errors.ts";

const CODES: Record<RunOutcome, number> = {
  goal_met: EXIT_CODES.ok,
  goal_not_met: EXIT_CODES.goal_not_met,
  failed: EXIT_CODES.run_failed,
  unfinished: EXIT_CODES.timeout,
};

/** The exit code for a run's outcome. */
export function exitCodeOf(record: RunRecord): number {
  return CODES[outcomeClass(record)];
}

/** The exit code for several: the worst of them. */
export function worstExitCode(records: readonly RunRecord[]): number {
  return Math.max(EXIT_CODES.ok, ...records.map(exitCodeOf));
}
