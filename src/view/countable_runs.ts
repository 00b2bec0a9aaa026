import { type RunId, timeOfRunId } from "../run/id.ts";
import { isEnded, isGood, type RunRecord } from "../run/record.ts";
import { listRunIds } from "../run/store.ts";
import type { FleetContext } from "../fleet/context.ts";
import { observeRun } from "../fleet/reconcile.ts";

/** What a run adds to sums. */
export interface RunFacts {
  run_id: string;
  root_run_id: string;
  title: string;
  /** The name of its project, else its folder. */
  project: string;
  profile: string | null;
  created_at: string;
  outcome: "goal_met" | "goal_not_met" | "failed" | "unfinished";
  usage: RunRecord["usage"];
  /** How long the worker was at it, without its time in the queue. */
  duration_ms: number;
}

/**
 * How many records are read side by side. 10,000 take two seconds, a quarter
 * of it for checking them: an own check of the few fields that count would
 * save half a second, and a damaged record would pass.
 */
const BATCH = 64;

/**
 * What there is to add up of the runs that were made since a moment, newest
 * first. `onDamaged` is told of records that cannot be read.
 */
export async function readFacts(
  context: FleetContext,
  options: {
    since: Date | null;
    now: Date;
    onDamaged: (id: RunId, error: unknown) => void;
  },
): Promise<RunFacts[]> {
  const since = options.since?.toISOString() ?? "";
  const from = since.replace(/\D/g, "");
  const ids = (await listRunIds(context.workspace)).filter((id) =>
    (timeOfRunId(id) ?? from) >= from
  );
  const facts: RunFacts[] = [];
  for (let i = 0; i < ids.length; i += BATCH) {
    await Promise.all(
      ids.slice(i, i + BATCH).map(async (id) => {
        try {
          facts.push(factsOf(await observeRun(context, id), options.now));
        } catch (error) {
          options.onDamaged(id, error);
        }
      }),
    );
  }
  return facts.filter(({ created_at }) =>
    Date.parse(created_at) >= (options.since?.getTime() ?? -Infinity)
  ).sort((a, b) => newerFirst(a, b));
}

function newerFirst(a: RunFacts, b: RunFacts): number {
  return Date.parse(b.created_at) - Date.parse(a.created_at) ||
    (a.run_id < b.run_id ? 1 : -1);
}

function factsOf(record: RunRecord, now: Date): RunFacts {
  return {
    run_id: record.run_id,
    root_run_id: record.root_run_id,
    title: record.title,
    // Each worktree has a folder of its own, and the project is one.
    project: record.project ?? record.worktree?.repository ?? record.cwd,
    profile: record.profile,
    created_at: record.created_at,
    outcome: outcomeOf(record),
    usage: record.usage,
    duration_ms: durationOf(record, now),
  };
}

function outcomeOf(record: RunRecord): RunFacts["outcome"] {
  if (!isEnded(record)) return "unfinished";
  if (record.status !== "finished") return "failed";
  return isGood(record) ? "goal_met" : "goal_not_met";
}

function durationOf(record: RunRecord, now: Date): number {
  if (!("started_at" in record) || record.started_at === null) return 0;
  return isEnded(record)
    ? record.duration_ms
    : Math.max(0, now.getTime() - Date.parse(record.started_at));
}
