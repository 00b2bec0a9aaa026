import { endedRecord, type RunEnd } from "../../src/run/end.ts";
import {
  type EndedRecord,
  parseRecord,
  type RunRecord,
} from "../../src/run/record.ts";

export type RunningRecord = Extract<RunRecord, { status: "running" }>;

/** The record of a running run. */
export function runningRun(
  run_id: string,
  change: Partial<RunningRecord> = {},
): RunningRecord {
  return parseRecord({
    status: "running",
    schema: 1,
    run_id,
    title: "Do it",
    project: null,
    cwd: "/src/shop",
    profile: null,
    model_option: null,
    model: null,
    sandbox: "workspace-write",
    ephemeral: false,
    timeout_ms: null,
    idle_timeout_ms: null,
    verify: null,
    notify_target: null,
    created_at: "2026-01-02T03:04:05.678Z",
    parent_run_id: null,
    root_run_id: run_id,
    resumed_thread_id: null,
    agentctl_version: "0.1.0",
    codex_version: "0.169.0",
    stand_in: false,
    thread_id: "thread",
    last_activity_at: null,
    activity: null,
    usage: null,
    thread_usage: null,
    pane: null,
    supervisor_pid: null,
    warnings: [],
    started_at: "2026-01-02T03:04:06.000Z",
    ...change,
  }) as RunningRecord;
}

/** The record of a run that ended with its goal met. */
export function endedRun(
  run_id: string,
  summary: string,
  change: Partial<RunningRecord> = {},
  end: Partial<RunEnd> = {},
): EndedRecord {
  return endedRecord(runningRun(run_id, change), {
    status: "finished",
    endedAt: new Date("2026-01-02T03:05:06Z"),
    reason: "The worker reports that the goal is met",
    exitCode: 0,
    result: { goal_met: true, summary, followup_prompt: "", notes: "" },
    ...end,
  });
}
