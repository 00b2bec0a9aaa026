import type { RunFacts } from "./countable_runs.ts";

/** Sums of runs. Tokens are Codex's own counts, each of its run alone. */
export interface RunSums {
  runs: number;
  goal_met: number;
  /** Finished without their goal met, or without a readable result. */
  goal_not_met: number;
  /** Failed, lost, stopped or out of time. */
  failed: number;
  /** Waiting or at work. */
  unfinished: number;
  input_tokens: number;
  /** Part of the input. */
  cached_input_tokens: number;
  output_tokens: number;
  /** Part of the output. */
  reasoning_output_tokens: number;
  /** Time of workers, in milliseconds; those that worked side by side count each. */
  duration_ms: number;
}

/** By what runs can be added up. */
export const GROUPINGS = ["run", "chain", "project", "profile", "day"] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** The runs that have something in common. */
export interface RunGroup {
  /** What they have in common: an id, a name or a date; `null` where a run has none. */
  key: string | null;
  /** Of a run, or of the first one of a chain, as far as it is there. */
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
export function sumRuns(facts: readonly RunFacts[]): RunSums {
  const sums = { ...NOTHING };
  for (const { outcome, usage, duration_ms } of facts) {
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
 * profiles come in the order of their tokens, the rest newest first.
 */
export function groupRuns(
  facts: readonly RunFacts[],
  by: Grouping,
): RunGroup[] {
  const members = Map.groupBy(facts, (fact) => keyOf(fact, by));
  const groups = [...members].map(([key, runs]) => {
    const named = by === "chain"
      ? runs.find(({ run_id }) => run_id === key) ?? runs.at(-1)
      : by === "run"
      ? runs[0]
      : undefined;
    return {
      key,
      ...named === undefined ? {} : { title: named.title },
      sums: sumRuns(runs),
    };
  });
  if (by === "day") {
    return groups.sort((a, b) => (a.key ?? "") < (b.key ?? "") ? 1 : -1);
  }
  return by === "project" || by === "profile"
    ? groups.sort((a, b) => tokensOf(b.sums) - tokensOf(a.sums))
    : groups;
}

function tokensOf({ input_tokens, output_tokens }: RunSums): number {
  return input_tokens + output_tokens;
}

function keyOf(fact: RunFacts, by: Grouping): string | null {
  switch (by) {
    case "run":
      return fact.run_id;
    case "chain":
      return fact.root_run_id;
    case "project":
      return fact.project;
    case "profile":
      return fact.profile;
    case "day":
      return localDay(new Date(fact.created_at));
  }
}

/** The day where the person is, as `2026-01-31`. */
function localDay(time: Date): string {
  const digits = (value: number) => String(value).padStart(2, "0");
  return `${time.getFullYear()}-${digits(time.getMonth() + 1)}-${
    digits(time.getDate())
  }`;
}
