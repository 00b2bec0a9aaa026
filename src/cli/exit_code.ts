import { isEnded, isGood, type RunRecord } from "../run/record.ts";
import { EXIT_CODES } from "../system/errors.ts";

/** The exit code for a run's outcome. */
export function exitCodeOf(record: RunRecord): number {
  if (!isEnded(record)) return EXIT_CODES.timeout;
  if (isGood(record)) return EXIT_CODES.ok;
  return record.status === "finished"
    ? EXIT_CODES.goal_not_met
    : EXIT_CODES.run_failed;
}

/** The exit code for several: the worst of them. */
export function worstExitCode(records: readonly RunRecord[]): number {
  return Math.max(EXIT_CODES.ok, ...records.map(exitCodeOf));
}
