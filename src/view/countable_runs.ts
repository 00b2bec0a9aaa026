import { type RunId, timeOfRunId } from "../run/id.ts";
import { durationOf, outcomeClass, type RunOutcome } from "../run/outcome.ts";
import type { RunRecord } from "../run/record.ts";
import { listRunIds } from "../run/store.ts";
import type { FleetContext } from "../workspace/context.ts";
import { readRuns } from "../fleet/read_runs.ts";

/** What a run contributes to sums. */
export interface CountableRun {
  run_id: string;
  root_run_id: string;
  title: string;
  /** The name of its project, else its folder. */
  project: string;
  profile: string | null;
  created_at: string;
  outcome: RunOutcome;
  usage: RunRecord["usage"];
  /** How long the worker ran, without its time in the queue. */
  duration_ms: number;
}

/**
 * What to add up for the runs that were started since a moment, newest
 * first. `onDamaged` is called for records that cannot be read.
 */
export async function countableRuns(
  context: FleetContext,
  options: {
    since: Date | null;
    now: Date;
    onDamaged: (id: RunId, error: unknown) => void;
  },
): Promise<CountableRun[]> {
  const since = options.since?.toISOString() ?? "";
  const from = since.replace(/\D/g, "");
  const ids = (await listRunIds(context.workspace)).filter((id) =>
    (timeOfRunId(id) ?? from) >= from
  );
  const runs = await readRuns(
    context,
    ids,
    (record) => countable(record, options.now),
    { onDamaged: options.onDamaged },
  );
  return runs.filter(({ created_at }) =>
    Date.parse(created_at) >= (options.since?.getTime() ?? -Infinity)
  ).sort((a, b) => newerFirst(a, b));
}

function newerFirst(a: CountableRun, b: CountableRun): number {
  return Date.parse(b.created_at) - Date.parse(a.created_at) ||
    (a.run_id < b.run_id ? 1 : -1);
}

function countable(record: RunRecord, now: Date): CountableRun {
  return {
    run_id: record.run_id,
    root_run_id: record.root_run_id,
    title: record.title,
    // Each worktree has its own folder, but they all count as one project.
    project: record.project ?? record.worktree?.repository ?? record.cwd,
    profile: record.profile,
    created_at: record.created_at,
    outcome: outcomeClass(record),
    usage: record.usage,
    duration_ms: "started_at" in record && record.started_at !== null
      ? durationOf(record, now.getTime()) ?? 0
      : 0,
  };
}
