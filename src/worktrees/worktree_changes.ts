import type { Repository } from "../git/git_call.ts";
import {
  adoptChanges,
  composeChanges,
  type KeepOptions,
  type KeptChanges,
} from "../git/kept_changes.ts";
import { findRepository } from "../git/repository.ts";
import { findWorktree, innerRepositories } from "../git/worktree.ts";
import type { RunRecord, RunWorktree } from "../run/record.ts";
import { oneLine, stripControls } from "../text/sanitize.ts";
import { instead } from "../system/ignore.ts";

/** The trailer that says to which run a commit belongs. */
export const RUN_TRAILER = "Agentctl-Run";

/** What a commit says about a run. */
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
  /** Repositories inside it, whose content git does not track. */
  inner: string[];
}

/**
 * Inspects what a worktree holds; it makes commits, but nothing refers to them.
 * `null` if the folder is not a worktree of the repository.
 */
export async function readWorktree(
  { repository, path, branch }: RunWorktree,
  words: CommitWords,
  options: Pick<KeepOptions, "scratch" | "env" | "state">,
): Promise<WorktreeContent | null> {
  const home = await findRepository(repository, options.env).catch(
    instead(null, "a repository that git refuses counts as missing"),
  );
  // A worker could have put another repository there.
  const worktree = home &&
    await findWorktree(home, path, options.env).catch(
      instead(null, "a worktree that git refuses counts as missing"),
    );
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

/** Moves the branch of the worktree to the current content. */
export async function keepContent(
  { branch }: RunWorktree,
  { worktree, changes }: WorktreeContent,
  env: Record<string, string>,
): Promise<void> {
  await adoptChanges(worktree, changes, { branch, env });
}
