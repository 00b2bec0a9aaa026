import type { Repository } from "../git/git_call.ts";
import { changesOf, mergeCommits, type MergeOptions } from "../git/merge.ts";
import type { RunRecord } from "../run/record.ts";
import { oneLine } from "../text/sanitize.ts";
import { commitMessage, RUN_TRAILER } from "./worktree_changes.ts";

/** A file in conflict, and who else changed it. */
export interface Conflict {
  file: string;
  /** Runs whose changes to it have been merged, or would be merged before. */
  runs: string[];
  /** Commits that changed it and do not belong to a run. */
  commits: { commit: string; subject: string }[];
}

/** What merging one run would do. */
export interface PlannedMerge {
  run_id: string;
  title: string;
  /** `contained`: all of it is already merged; `nothing`: it changed nothing. */
  result: "merged" | "contained" | "nothing" | "conflict";
  /** The commit that has its changes. */
  commit: string | null;
  conflicts: Conflict[];
}

/** A run to be merged. */
export interface MergeInput {
  record: Pick<RunRecord, "run_id" | "title"> & { summary: string };
  /** `null` if it changed nothing. */
  commit: string | null;
}

/** How many conflicting files to read the history for. */
const MOST_EXPLAINED = 20;

/**
 * Computes the merge of runs into a commit, one after another; it writes only
 * objects. A run that conflicts is left out, and the next is merged without it.
 * Returns what becomes of each, and the last commit.
 */
export async function planMerge(
  home: Repository,
  into: string,
  inputs: readonly MergeInput[],
  { squash, ...options }: MergeOptions & { squash: boolean },
): Promise<{ merges: PlannedMerge[]; commit: string }> {
  let commit = into;
  const merges: PlannedMerge[] = [];
  for (const input of inputs) {
    const { record: { run_id, title, summary } } = input;
    const common = { run_id, title, conflicts: [] };
    if (input.commit === null) {
      merges.push({ ...common, result: "nothing", commit: null });
      continue;
    }
    const subject = squash ? title : `Merge run ${run_id}: ${title}`;
    const result = await mergeCommits(home, commit, {
      commit: input.commit,
      squash,
      message: commitMessage({ run_id, title, summary }, oneLine(subject)),
    }, options);
    if (result.state === "conflict") {
      const conflicts = await explain(
        home,
        result.files,
        { into: commit, source: input.commit },
        options,
      );
      merges.push({ ...common, result: "conflict", commit: null, conflicts });
      continue;
    }
    if (result.state === "merged") commit = result.commit;
    merges.push({ ...common, result: result.state, commit });
  }
  return { merges, commit };
}

async function explain(
  home: Repository,
  files: string[],
  sides: { into: string; source: string },
  options: MergeOptions,
): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  for (const [index, file] of files.entries()) {
    const changes = index < MOST_EXPLAINED
      ? await changesOf(
        home,
        file,
        { ...sides, trailer: RUN_TRAILER },
        options,
      )
      : [];
    conflicts.push({
      file,
      runs: [...new Set(changes.flatMap(({ trailers }) => trailers))],
      commits: changes.filter(({ trailers }) => trailers.length === 0).map((
        { commit, subject },
      ) => ({ commit, subject })),
    });
  }
  return conflicts;
}
