import { harmlessLine } from "../text/others_words.ts";
import { oneLine } from "../text/sanitize.ts";
import type { Conflict, PlannedMerge } from "../worktrees/merge_plan.ts";

/** What merging a run does, in one line. */
export function mergeLine(
  { run_id, title, result, conflicts }: PlannedMerge,
): string {
  const words = {
    merged: "merges",
    contained: "is already merged",
    nothing: "changed nothing",
    conflict: `conflicts in ${conflicts.map(describeConflict).join(", ")}`,
  }[result];
  const mark = result === "conflict" ? "✗" : "✓";
  return `${mark} ${run_id} ${harmlessLine(title, 60)}: ${oneLine(words)}`;
}

function describeConflict({ file, runs, commits }: Conflict): string {
  const who = [
    ...runs.map((id) => `run ${id}`),
    ...commits.slice(0, 3).map(({ commit, subject }) =>
      `commit ${commit.slice(0, 10)} "${harmlessLine(subject, 40)}"`
    ),
  ];
  const name = harmlessLine(file);
  return who.length === 0 ? name : `${name} (with ${who.join(", ")})`;
}
