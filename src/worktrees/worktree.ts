import { basename, dirname, isAbsolute, join, relative } from "@std/path";
import type { Repository } from "../git/git_call.ts";
import { findRepository, isBareRepository } from "../git/repository.ts";
import type { RunRecord, RunWorktree } from "../run/record.ts";
import { worktreeState } from "../run/worktree_outcome.ts";
import { environmentError, usageError } from "../system/errors.ts";
import { realPathSoFar } from "../system/real_path.ts";
import { sha256Hex } from "../files/digest.ts";
import { homeWorkspace } from "../workspace/state_folder.ts";
import type { FleetContext } from "../workspace/context.ts";
import { BRANCHES, type Place, type WorktreeWish } from "./place.ts";

/**
 * The worktree in which a run should work, whose path `placeTask` completes.
 * Throws a `usage` or `environment` error if there can be none.
 */
export async function planWorktree(
  context: FleetContext,
  { parent, project, folder, setup }: WorktreeWish,
): Promise<Place> {
  const inherited = parent?.worktree ?? null;
  const repository = await requireCommit(context, project.path);
  const worktree: RunWorktree = {
    repository: repository.root,
    path: await folderOf(context, repository, folder),
    branch: BRANCHES,
    base_commit: null,
    commit: null,
    setup,
  };
  if (parent && inherited?.repository === repository.root) {
    worktree.path = await realPathSoFar(dirname(inherited.path));
    const state = await worktreeState(context.workspace, parent);
    // A worktree that was merged or discarded cannot be continued.
    if (state?.state !== "merged" && state?.state !== "discarded") {
      worktree.base_commit = inherited.base_commit;
      worktree.commit = inherited.commit;
    }
  }
  return { cwd: repository.folder, worktree };
}

/** The work tree of a folder, with a commit checked out. */
async function requireCommit(
  { caller }: FleetContext,
  folder: string,
): Promise<Repository> {
  const repository = await findRepository(folder, caller.env);
  if (repository === null) {
    throw usageError(
      await isBareRepository(folder, caller.env)
        ? `Cannot start run: "${folder}" is a bare repository and has nothing to merge into; use a work tree of it ("git worktree add")`
        : `Cannot start run: folder "${folder}" is not in a git work tree, so it cannot have a worktree; omit --worktree`,
    );
  }
  if (repository.head === null) {
    throw usageError(
      `Cannot start run: repository "${repository.root}" has no commit for a worktree to start from; commit something, or omit --worktree`,
    );
  }
  return repository;
}

/** The folder for the worktrees of a repository, named after the repository and a hash of its path. */
async function folderOf(
  { caller }: FleetContext,
  repository: Repository,
  setting: string | null,
): Promise<string> {
  const named = worktreeFolder(caller.env, setting);
  // Resolved now, so that a link that appears later is noticed.
  const folder = await realPathSoFar(named);
  const inside = relative(repository.root, folder);
  if (!inside.startsWith("..") && !isAbsolute(inside)) {
    throw environmentError(
      `Cannot start run: folder "${named}" for worktrees is in repository "${repository.root}"; set "worktree_folder" to one outside`,
    );
  }
  return join(folder, await folderName(repository.root));
}

/** The folder for the worktrees of all repositories. */
export function worktreeFolder(
  env: Record<string, string>,
  setting: string | null,
): string {
  return setting?.replace(/^~/, env["HOME"] ?? "") ??
    join(homeWorkspace(env), "worktrees");
}

/**
 * Throws an `environment` error unless a run's worktree is where agentctl makes
 * worktrees: nothing elsewhere is ever removed, whatever a record says.
 */
export async function requireOwnPlace(
  record: RunRecord,
  worktree: RunWorktree,
): Promise<void> {
  // Paths in records of earlier versions may lead through links.
  const isReal = record.folder === null ||
    await realPathSoFar(worktree.path) === worktree.path;
  if (isReal && await hasOwnName(record, worktree)) return;
  throw environmentError(
    `Cannot touch worktree "${worktree.path}" of run "${record.run_id}": it is not where agentctl makes worktrees`,
  );
}

/** Whether a worktree, whose path may come from anybody, is where agentctl makes worktrees now. */
export async function isOwnPlace(
  { workspace, caller }: FleetContext,
  record: RunRecord,
  worktree: RunWorktree,
): Promise<boolean> {
  const folder = worktreeFolder(caller.env, workspace.config.worktree_folder);
  const [real, place] = await Promise.all(
    [folder, dirname(dirname(worktree.path))].map((path) =>
      realPathSoFar(path)
    ),
  );
  return real === place && await hasOwnName(record, worktree);
}

async function hasOwnName(
  { root_run_id }: RunRecord,
  { repository, path, branch }: RunWorktree,
): Promise<boolean> {
  return basename(path) === root_run_id &&
    branch === `${BRANCHES}${root_run_id}` &&
    basename(dirname(path)) === await folderName(repository);
}

/** The name of the folder for the worktrees of a repository. */
async function folderName(root: string): Promise<string> {
  return `${basename(root) || "root"}-${(await sha256Hex(root)).slice(0, 8)}`;
}
