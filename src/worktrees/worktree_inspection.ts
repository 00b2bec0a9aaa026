import { exists } from "../files/exists.ts";
import type { Repository } from "../git/git_call.ts";
import { findRepository } from "../git/repository.ts";
import { findCommit, isContained } from "../git/worktree.ts";
import type { EndedRecord, RunWorktree } from "../run/record.ts";
import { type WorktreeState, worktreeState } from "../run/worktree_outcome.ts";
import { makeTemporaryFolder } from "../files/temporary_folder.ts";
import type { FleetContext } from "../workspace/context.ts";
import { BRANCHES } from "./place.ts";
import { readWorktree, type WorktreeContent } from "./worktree_changes.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { instead } from "../system/ignore.ts";

/** What is left of the worktree of a run that has ended. */
export interface Inspection {
  worktree: RunWorktree;
  state: WorktreeState;
  /** The work tree that it was made from; `null` if that is gone. */
  home: Repository | null;
  /** What is in its folder; `null` if that is gone. */
  content: WorktreeContent | null;
  /** Everything that the run and the attempts before it did, as a commit; `null` if nothing is left of it. */
  commit: string | null;
  /** Whether they changed nothing. */
  isEmpty: boolean;
  /** What the folder holds that git does not track, so that only force removes it; `null` if there is nothing. */
  foreign: string | null;
  /** Why work would be lost with it; `null` if none would. */
  unmerged: string | null;
}

/**
 * Inspects what is left of the worktree of a run: folder, branch and commits. It
 * writes only objects. The caller must have claimed the worktree, unless the
 * answer is only shown.
 */
export async function inspectWorktree(
  { workspace, caller: { env } }: FleetContext,
  record: EndedRecord & { worktree: RunWorktree },
): Promise<Inspection> {
  const { worktree } = record;
  const state = await worktreeState(workspace, record) ??
    { state: "kept", commit: null, tip: null };
  const common = { worktree, state };
  const home = await findRepository(worktree.repository, env).catch(
    instead(null, "a repository that git refuses counts as missing"),
  );
  if (home === null) {
    const foreign = await exists(worktree.path)
      ? `its repository "${worktree.repository}" is gone`
      : null;
    return {
      ...common,
      home,
      content: null,
      commit: null,
      isEmpty: foreign === null,
      foreign,
      unmerged: foreign,
    };
  }
  const content = await withScratch(
    env,
    (scratch) => readWorktree(worktree, record, { scratch, env }),
  );
  const known = async (name: string | null) =>
    name === null ? null : await findCommit(home, name, env);
  const isSettled = state.state !== "kept";
  const commit = content?.changes.commit ??
    await known(`refs/heads/${worktree.branch}`) ??
    // Somebody deleted the branch.
    (isSettled ? null : await known(worktree.commit));
  const isEmpty = commit === null || commit === worktree.base_commit;
  const foreign = content === null
    ? await exists(worktree.path)
      ? `"${worktree.path}" is no longer a worktree of "${home.root}"`
      : null
    : content.inner.length > 0
    ? `"${content.inner[0]}" inside it is a repository of its own`
    : content.changes.leftOut !== null
    ? `git could not take all of its files: ${content.changes.leftOut}`
    : null;
  const isSafe = isEmpty || isSettled && commit === state.tip ||
    await isContained(home, commit, BRANCHES, env);
  return {
    ...common,
    home,
    content,
    commit,
    isEmpty,
    foreign,
    unmerged: foreign ??
      (isSafe
        ? null
        : `commit ${
          commit?.slice(0, 10)
        } on branch "${worktree.branch}" is not merged`),
  };
}

async function withScratch<T>(
  env: Record<string, string>,
  action: (scratch: string) => Promise<T>,
): Promise<T> {
  const scratch = await makeTemporaryFolder(env, "git");
  try {
    return await action(scratch);
  } finally {
    await removeQuietly(scratch, { recursive: true });
  }
}
