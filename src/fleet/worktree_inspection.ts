import {
  findCommit,
  findRepository,
  isContained,
  type Repository,
} from "../git/mod.ts";
import type { EndedRecord, RunWorktree } from "../run/record.ts";
import { type WorktreeState, worktreeState } from "../run/worktree_outcome.ts";
import type { FleetContext } from "./context.ts";
import { BRANCHES } from "./worktree.ts";
import { readWorktree, type WorktreeContent } from "./worktree_changes.ts";

/** What there is of the worktree of a run that has ended. */
export interface Inspection {
  worktree: RunWorktree;
  state: WorktreeState;
  /** The work tree that it was made from; `null` if that is gone. */
  home: Repository | null;
  /** What is in its folder; `null` if that is gone. */
  content: WorktreeContent | null;
  /** All that the run and the attempts before it did, as a commit; `null` if nothing is left of it. */
  commit: string | null;
  /** Whether that is nothing at all. */
  isEmpty: boolean;
  /** Whether work would be lost with it, and why; `null` if none would. */
  unmerged: string | null;
}

/**
 * Looks at what there is of the worktree of a run: folder, branch and commits.
 * Nothing but objects is written. Who calls has claimed the worktree, unless
 * it is only told to somebody.
 */
export async function inspectWorktree(
  { workspace, caller: { env } }: FleetContext,
  record: EndedRecord & { worktree: RunWorktree },
): Promise<Inspection> {
  const { worktree } = record;
  const state = await worktreeState(workspace, record) ??
    { state: "kept", commit: null, tip: null };
  const common = { worktree, state };
  const home = await findRepository(worktree.repository, env).catch(() => null);
  if (home === null) {
    const isThere = await exists(worktree.path);
    return {
      ...common,
      home,
      content: null,
      commit: null,
      isEmpty: !isThere,
      unmerged: isThere
        ? `its repository "${worktree.repository}" is gone`
        : null,
    };
  }
  const content = await withScratch((scratch) =>
    readWorktree(worktree, record, { scratch, env })
  );
  const known = async (name: string | null) =>
    name === null ? null : await findCommit(home, name, env);
  const isSettled = state.state !== "kept";
  const commit = content?.changes.commit ??
    await known(`refs/heads/${worktree.branch}`) ??
    // Somebody deleted the branch.
    (isSettled ? null : await known(worktree.commit));
  const isEmpty = commit === null || commit === worktree.base_commit;
  const inner = content?.inner ?? [];
  const isSafe = isEmpty || isSettled && commit === state.tip ||
    await isContained(home, commit, BRANCHES, env);
  return {
    ...common,
    home,
    content,
    commit,
    isEmpty: isEmpty && inner.length === 0,
    unmerged: inner.length > 0
      ? `"${inner[0]}" in it is a repository of its own`
      : isSafe
      ? null
      : `commit ${
        commit?.slice(0, 10)
      } on branch "${worktree.branch}" is not merged`,
  };
}

async function withScratch<T>(
  action: (scratch: string) => Promise<T>,
): Promise<T> {
  const scratch = await Deno.makeTempDir({ prefix: "agentctl-git-" });
  try {
    return await action(scratch);
  } finally {
    await Deno.remove(scratch, { recursive: true }).catch(() => {});
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
