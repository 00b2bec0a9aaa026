import type { RunRecord, RunTask } from "../run/record.ts";
import type { ResolvedProject } from "../workspace/projects.ts";

/** The prefix of each run's branch. */
export const BRANCHES = "agentctl/";

/** Where a run works. */
export type Place = Pick<RunTask, "cwd" | "worktree">;

/** What determines whether a run gets a worktree. */
export interface WorktreeWish {
  /** `--worktree` and `--no-worktree`; without either, the parent or the project decides. */
  wanted: boolean | undefined;
  /** The run that is continued in its own folder. */
  parent: RunRecord | undefined;
  project: ResolvedProject;
  /** `worktree_folder` of the config, if it can be trusted. */
  folder: string | null;
  /** The project's command for a new worktree. */
  setup: string | null;
}
