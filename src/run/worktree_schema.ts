import * as z from "zod/mini";
import * as word from "./checked_words.ts";

/** The git worktree of a run, outside the repository's folder. */
export const Worktree = z.object({
  /** The top level of the work tree that it was made from, and into which its changes are merged. */
  repository: word.AbsolutePath,
  path: word.AbsolutePath,
  branch: word.OwnBranch,
  /** The commit from which the branch starts; `null` before the worktree is made. */
  base_commit: z.nullable(word.ObjectName),
  /** The commit that the supervisor made from the worker's changes; `null` if there is none. */
  commit: z.nullable(word.ObjectName),
  /** The shell command that prepares a new worktree. */
  setup: z.nullable(z.string()),
});

/** Another run that changed the same files at the same time. */
export const Overlap = z.object({
  run_id: word.RunIdText,
  files: z.array(z.string()),
});
