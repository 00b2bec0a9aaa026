import {
  adoptChanges,
  composeChanges,
  findRepository,
  findWorktree,
  innerRepositories,
  type KeptChanges,
  type Repository,
} from "../git/mod.ts";
import type { RunRecord, RunWorktree } from "../run/record.ts";
import { oneLine, stripControls } from "../text/sanitize.ts";

/** The trailer that tells which run a commit is of. */
export const RUN_TRAILER = "Agentctl-Run";

/** What is said of a run in a commit. */
export type CommitWords = Pick<RunRecord, "run_id" | "title"> & {
  summary?: string;
};

/** The message of a commit: title, summary, and the run as a trailer. */
export function commitMessage(
  { run_id, title, summary }: CommitWords,
  subject = title,
): string {
  const words = stripControls(summary ?? "", { keepNewlines: true }).trim();
  const parts = [oneLine(subject, 200), words, `${RUN_TRAILER}: ${run_id}`];
  return parts.filter((part) => part !== "").join("\n\n") + "\n";
}

/** What is in a worktree now. */
export interface WorktreeContent {
  worktree: Repository;
  changes: KeptChanges;
  /** Whether there is anything that the branch does not have yet. */
  isNew: boolean;
  /** Repositories in it, whose content git does not keep with it. */
  inner: string[];
}

/**
 * Looks at what a worktree holds; commits are made, but nothing names them.
 * `null` if there is no worktree of the repository in the folder.
 */
export async function readWorktree(
  { repository, path, branch }: RunWorktree,
  words: CommitWords,
  options: { scratch: string; env: Record<string, string>; tree?: string },
): Promise<WorktreeContent | null> {
  const home = await findRepository(repository, options.env).catch(() => null);
  // A worker could have put another repository there.
  const worktree = home &&
    await findWorktree(home, path, options.env).catch(() => null);
  if (!worktree) return null;
  const message = commitMessage(words);
  const changes = await composeChanges(worktree, {
    ...options,
    branch,
    message,
  });
  return {
    worktree,
    changes,
    isNew: changes.commit !== changes.tip,
    inner: await innerRepositories(worktree, options.env),
  };
}

/** Lets the branch of the worktree name what is in it. */
export async function keepContent(
  { branch }: RunWorktree,
  { worktree, changes }: WorktreeContent,
  env: Record<string, string>,
): Promise<void> {
  await adoptChanges(worktree, changes, { branch, env });
}
