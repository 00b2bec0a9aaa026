import type {
  EndedRecord,
  LiveRecord,
  RunFailure,
  RunOverlap,
} from "./record.ts";
import type { RunResult } from "./result.ts";
import { NOTHING_TOLD, type ToldChanges } from "./told.ts";

/** How a run ended, as far as is known. */
export interface RunEnd {
  status: EndedRecord["status"];
  endedAt: Date;
  /** Why, in one sentence. */
  reason: string;
  result?: RunResult;
  /** What is known about the work if there is no result. */
  summary?: string;
  /** Whether the worker's claim is all there is, so nobody knows whether the goal is met. */
  unchecked?: boolean;
  /** What the check found. */
  verified?: boolean | null;
  resultState?: EndedRecord["result"];
  resultError?: string;
  exitCode?: number | null;
  signal?: string | null;
  endedBy?: string[];
  failure?: RunFailure | null;
  gitDiffStat?: string | null;
  filesChanged?: string[];
  /** Those of them that the run changed itself. */
  ownFiles?: string[] | null;
  nextRunId?: string | null;
  overlaps?: RunOverlap[];
  /** What is reported about the change. */
  told?: ToldChanges;
}

/** The final record of a run. What is unknown is `null` or empty, never made up. */
export function endedRecord(record: LiveRecord, end: RunEnd): EndedRecord {
  const { status: _, ...rest } = record;
  const startedAt = "started_at" in record ? record.started_at : null;
  const from = Date.parse(startedAt ?? record.created_at);
  return {
    ...rest,
    status: end.status,
    activity: null,
    waiting_for: null,
    // Only a supervisor that was killed leaves one.
    warnings: record.waiting_for === null ? record.warnings : [
      ...record.warnings,
      `Nobody answered question ${record.waiting_for.id} before its run ended`,
    ],
    started_at: startedAt,
    ended_at: end.endedAt.toISOString(),
    // A clock that was set back must not lead to negative durations.
    duration_ms: Math.max(0, end.endedAt.getTime() - from),
    goal_met: end.result === undefined || end.unchecked
      ? null
      : end.result.goal_met && (end.verified ?? true),
    claimed: end.result?.goal_met ?? null,
    verified: end.verified ?? null,
    summary: end.result?.summary ?? end.summary ?? "",
    followup_prompt: end.result?.followup_prompt ?? "",
    notes: end.result?.notes ?? "",
    result: end.resultState ?? (end.result ? "valid" : "missing"),
    result_error: end.resultError ?? null,
    exit_code: end.exitCode ?? null,
    signal: end.signal ?? null,
    ended_by: end.endedBy ?? [],
    reason: end.reason,
    failure: end.failure ?? null,
    git_diff_stat: end.gitDiffStat ?? null,
    files_changed: end.filesChanged ?? [],
    own_files: end.ownFiles ?? null,
    next_run_id: end.nextRunId ?? null,
    overlaps: end.overlaps ?? [],
    ...end.told ?? NOTHING_TOLD,
  };
}
