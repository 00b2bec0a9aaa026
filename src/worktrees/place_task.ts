import { join, relative } from "@std/path";
import type { FleetContext } from "../workspace/context.ts";
import { BRANCHES, type Place, type WorktreeWish } from "./place.ts";

/**
 * Where a run should work: in the project's folder, or in a worktree, whose
 * path {@linkcode placeTask} completes. The code for worktrees is loaded only
 * for them. Throws a `usage` or `environment` error if there can be none.
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
