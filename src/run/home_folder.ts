import { join, relative } from "@std/path";
import type { RunRecord } from "./record.ts";

/** The folder that a run is about: its own or, for a run in a worktree, the corresponding one in the repository. */
export function homeFolder(
  { cwd, worktree }: Pick<RunRecord, "cwd" | "worktree">,
): string {
  if (worktree === null) return cwd;
  return join(worktree.repository, relative(worktree.path, cwd));
}
