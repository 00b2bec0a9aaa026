import { findRepository } from "../git/repository.ts";
import { deleteBranch, removeWorktree } from "../git/worktree.ts";
import type { RunRecord, RunWorktree } from "../run/record.ts";
import { writeOutcome } from "../run/worktree_outcome.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { readWorktree } from "./worktree_changes.ts";
import { claimWorktree } from "./worktree_lock.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { instead } from "../system/ignore.ts";

/**
 * Removes the worktree and the branch of a run that changed nothing: both can
 * be recreated. Leaves them if they hold anything, or somebody else is using
 * them.
 */
export async function removeIfUnchanged(
  workspace: Workspace,
  record: RunRecord,
  scratch: string,
  env: Record<string, string>,
): Promise<void> {
  const { worktree } = record;
  if (worktree === null || worktree.commit !== null) return;
  using claim = await claimWorktree(worktree.path);
  if (claim === null) return;
  const content = await readWorktree(worktree, record, { scratch, env })
    .finally(() => removeQuietly(scratch, { recursive: true }));
  // If something that is not a worktree is in its place, it is not ours to judge.
  if (content === null || content.inner.length > 0) return;
  const { commit, tip, leftOut } = content.changes;
  if (commit !== worktree.base_commit || tip !== commit || leftOut) return;
  await removeBoth(worktree, env);
  await writeOutcome(workspace, record, {
    state: "unchanged",
    at: new Date().toISOString(),
    path: worktree.path,
    tip: worktree.base_commit,
    commit: null,
  });
}

/** Removes a worktree and its branch, whatever is in them. The caller must have claimed the worktree. */
export async function removeBoth(
  { repository, path, branch }: RunWorktree,
  env: Record<string, string>,
): Promise<void> {
  const home = await findRepository(repository, env).catch(
    instead(null, "a repository that git refuses counts as missing"),
  );
  if (home === null) {
    // The branches went with the repository.
    await removeQuietly(path, { recursive: true });
    return;
  }
  await removeWorktree(home, path, env);
  await deleteBranch(home, branch, env);
}
