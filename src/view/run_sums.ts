import { tokensOf } from "../run/record.ts";
import type { CountableRun } from "./countable_runs.ts";

/** Sums of runs. Tokens are Codex's own counts, each for its run alone. */
export interface RunSums {
  runs: number;
  goal_met: number;
  /** Finished without their goal met, or without a readable result. */
  goal_not_met: number;
  /** Failed, lost, stopped or out of time. */
  failed: number;
  /** Waiting or running. */
  unfinished: number;
  input_tokens: number;
  /** Part of the input. */
  cached_input_tokens: number;
  output_tokens: number;
  /** Part of the output. */
  reasoning_output_tokens: number;
  /** Time of workers, in milliseconds; workers that ran in parallel each count. */
  duration_ms: number;
}

/** How runs can be grouped. */
export const GROUPINGS = ["run", "chain", "project", "profile", "day"] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** A group of runs. */
export interface RunGroup {
  /** What they have in common: an id, a name or a date; `null` where a run has none. */
  key: string | null;
  /** The title of the run, or of the first one of the chain, if it still exists. */
  title?: string;
  sums: RunSums;
}

const NOTHING: RunSums = {
  runs: 0,
  goal_met: 0,
  goal_not_met: 0,
  failed: 0,
  unfinished: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  reasoning_output_tokens: 0,
  duration_ms: 0,
};

/** Adds up runs. */
export function sumRuns(runs: readonly CountableRun[]): RunSums {
  const sums = { ...NOTHING };
  for (const { outcome, usage, duration_ms } of runs) {
    sums.runs++;
    sums[outcome]++;
    sums.input_tokens += usage?.input_tokens ?? 0;
    sums.cached_input_tokens += usage?.cached_input_tokens ?? 0;
    sums.output_tokens += usage?.output_tokens ?? 0;
    sums.reasoning_output_tokens += usage?.reasoning_output_tokens ?? 0;
    sums.duration_ms += duration_ms;
  }
  return sums;
}

/**
 * Adds up runs, given newest first, by what they have in common. Projects and
 * profiles are ordered by their tokens, the rest newest first.
 */
export function groupRuns(
  runs: readonly CountableRun[],
  by: Grouping,
): RunGroup[] {
  const groups = Map.groupBy(runs, (run) => keyOf(run, by));
  const sums = [...groups].map(([key, members]) => {
    const named = by === "chain"
      ? members.find(({ run_id }) => run_id === key) ?? members.at(-1)
      : by === "run"
      ? members[0]
      : undefined;
    return {
      key,
      ...named === undefined ? {} : { title: named.title },
      sums: sumRuns(members),
    };
  });
  if (by === "day") {
    return sums.sort((a, b) => (a.key ?? "") < (b.key ?? "") ? 1 : -1);
  }
  return by === "project" || by === "profile"
    ? sums.sort((a, b) => tokensOf(b.sums) - tokensOf(a.sums))
    : sums;
}

function keyOf(run: CountableRun, by: Grouping): string | null {
  switch (by) {
    case "run":
      return run.run_id;
    case "chain":
      return run.root_run_id;
    case "project":
      return run.project;
    case "profile":
      return run.profile;
    case "day":
      return localDay(new Date(run.created_at));
  }
}

/** The user's local day, as `2026-01-31`. */
function localDay(time: Date): string {
  const digits = (value: number) => String(value).padStart(2, "0");
  return `${time.getFullYear()}-${digits(time.getMonth() + 1)}-${
    digits(time.getDate())
  }`;
}
