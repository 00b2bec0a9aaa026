import { FIRST_PROGRESS } from "../../src/run/first_progress.ts";
import { endedRecord, type RunEnd } from "../../src/run/end.ts";
import {
  type EndedRecord,
  type LiveRecord,
  type RunRecord,
  SINGLE_ATTEMPT,
} from "../../src/run/record.ts";

type Running = Extract<RunRecord, { status: "running" }>;
type Starting = Extract<RunRecord, { status: "starting" }>;

/** The record of a run that has its folder but whose supervisor is not there yet. */
export function startingRecord(change: Partial<Starting> = {}): Starting {
  const run_id = change.run_id ?? "20260102-030405-a1b2";
  return {
    status: "starting",
    schema: 1,
    run_id,
    title: "Fix the tax",
    project: "shop",
    cwd: "/src/shop",
    profile: "spark",
    model_option: null,
    model: null,
    sandbox: "workspace-write",
    ephemeral: false,
    timeout_ms: null,
    idle_timeout_ms: null,
    verify: null,
    ...FIRST_PROGRESS,
    verify_unconfined: false,
    verify_confined: null,
    created_at: "2026-01-02T03:04:05.678Z",
    parent_run_id: null,
    root_run_id: run_id,
    rerun_of: null,
    resumed_thread_id: null,
    notify_target: null,
    agentctl_version: "0.1.0",
    codex_version: "0.169.0",
    stand_in: false,
    allow_protected: [],
    protection: null,
    owner: null,
    mcp: null,
    transport: null,
    approve: "never",
    answer_timeout_ms: null,
    max_account: null,
    priority: 0,
    held: false,
    after: [],
    after_any_end: [],
    not_before: null,
    placement: null,
    chain: SINGLE_ATTEMPT,
    max_tokens: null,
    worktree: null,
    folder: null,
    labels: [],
    ...change,
  };
}

/** The record of a run that waits in the queue. */
export function queuedRecord(
  run_id: string,
  change: Partial<RunRecord> = {},
): RunRecord {
  return {
    ...startingRecord({ run_id }),
    ...change,
    status: "queued",
  } as RunRecord;
}

/** The record of a run whose worker works. */
export function runningRecord(change: Partial<Running> = {}): Running {
  const { run_id } = change;
  const { status: _, ...starting } = startingRecord(run_id ? { run_id } : {});
  return {
    ...starting,
    status: "running",
    started_at: "2026-01-02T03:04:06.000Z",
    thread_id: "thread-1",
    activity: "thinking",
    ...change,
  };
}

/** The record of a run that has ended, with its goal met unless told. */
export function finishedRecord(
  change: Partial<LiveRecord> = {},
  end: Partial<RunEnd> = {},
): EndedRecord {
  const result = {
    goal_met: true,
    summary: "It is fixed",
    followup_prompt: "",
    notes: "",
  };
  const { run_id } = change;
  const live = runningRecord(run_id ? { run_id } : {});
  return endedRecord({ ...live, ...change } as LiveRecord, {
    status: "finished",
    endedAt: new Date("2026-01-02T03:04:16Z"),
    reason: "The worker reports that the goal is met",
    exitCode: 0,
    result,
    ...end,
  });
}
