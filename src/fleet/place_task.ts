import { join, relative } from "@std/path";
import type { RunRecord, RunTask } from "../run/record.ts";
import type { ResolvedProject } from "../workspace/projects.ts";
import type { FleetContext } from "./context.ts";

/** Before the name of each run's branch. */
export const BRANCHES = "agentctl/";

/** Where a run works. */
export type Place = Pick<RunTask, "cwd" | "worktree">;

/** What decides about a worktree. */
export interface WorktreeWish {
  /** `--worktree` and `--no-worktree`; without either, the parent or the project decides. */
  wanted: boolean | undefined;
  /** The run that is continued in its own folder. */
  parent: RunRecord | undefined;
  project: ResolvedProject;
  /** `worktree_folder` of the config, if it may be trusted. */
  folder: string | null;
  /** The project's command for a new worktree. */
  setup: string | null;
}

/**
 * Where a run is to work: in the project's folder, or in a worktree, whose
 * path {@linkcode placeTask} completes. What worktrees need is loaded for them
 * alone. Throws a `usage` or `environment` error where there can be none.
 */
export async function choosePlace(
  context: FleetContext,
  wish: WorktreeWish,
): Promise<Place> {
  const { wanted, parent, project } = wish;
  const isWanted = wanted ??
    (parent ? parent.worktree !== null : project.worktree);
  if (!isWanted) return { cwd: project.path, worktree: null };
  const { planWorktree } = await import("./worktree.ts");
  return await planWorktree(context, wish);
}

/** The same task with its place, now that the first run of its chain is known. */
export function placeTask<Task extends Place>(
  task: Task,
  rootId: string,
): Task {
  const { cwd, worktree } = task;
  if (worktree === null) return task;
  const path = join(worktree.path, rootId);
  return {
    ...task,
    cwd: join(path, relative(worktree.repository, cwd)),
    worktree: { ...worktree, path, branch: `${BRANCHES}${rootId}` },
  };
}
