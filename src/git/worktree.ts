import { basename, dirname, join } from "@std/path";
import { exists, realPathAt } from "../files/exists.ts";
import { ensureFolder } from "../files/make_new.ts";
import { cannot, environmentError } from "../system/errors.ts";
import { git, revision, runGit } from "./git_command.ts";
import type { GitCall, Repository } from "./git_call.ts";
import { findRepository } from "./repository.ts";

/** A worktree's place, and what is checked out in it. */
export interface WorktreePlace {
  path: string;
  /** The short name of the branch. */
  branch: string;
}

/**
 * Makes an empty worktree: of the branch or, if there is none, of a new branch that
 * begins at the commit `start`. No hook runs.
 * {@linkcode checkOut} fills it. Throws an `environment` error if git refuses.
 */
export async function addWorktree(
  repository: Repository,
  { path, branch }: WorktreePlace,
  start: string,
  env: Record<string, string>,
): Promise<Repository> {
  const call = callIn(repository, env);
  try {
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw cannot(`make worktree "${path}"`, error);
  }
  // git makes the folder itself, but not if it must use another common folder.
  await ensureFolder(join(repository.common_dir, "worktrees"));
  // Somebody has removed the folder, and git still knows about it.
  await forgetMissing(repository, path, env);
  const exists = await revision(`refs/heads/${branch}`, call) !== null;
  await git(`Cannot make worktree "${path}"`, [
    ...["worktree", "add", "--no-checkout"],
    ...exists ? [path, branch] : ["--no-track", "-b", branch, path, start],
  ], { ...call, settings: ["worktree.useRelativePaths=false"] });
  await pointTo(repository, path);
  const worktree = await findWorktree(repository, path, env);
  if (worktree) return worktree;
  throw environmentError(
    `Cannot make worktree "${path}": git does not find it there`,
  );
}

/** Points the `.git` of a new worktree to the repository's own folder; git has written the one that stood in for it. */
async function pointTo(
  { common_dir }: Repository,
  path: string,
): Promise<void> {
  const file = join(path, ".git");
  const named = (await Deno.readTextFile(file)).replace(/^gitdir: |\n$/g, "");
  const folder = join(common_dir, "worktrees");
  if (dirname(named) === folder) return;
  await Deno.writeTextFile(file, `gitdir: ${join(folder, basename(named))}\n`);
}

/** The repository's worktree in a folder; `null` if the folder does not exist or belongs to something else. */
export async function findWorktree(
  { common_dir }: Repository,
  path: string,
  env: Record<string, string>,
): Promise<Repository | null> {
  const real = await realPathAt(path);
  if (real === null) return null;
  const found = await findRepository(real, env);
  return found?.root === real && found.common_dir === common_dir ? found : null;
}

/** Fills a worktree with the files of its commit. Changes in it are lost. */
export async function checkOut(
  worktree: Repository,
  env: Record<string, string>,
): Promise<void> {
  await git(`Cannot fill worktree "${worktree.root}"`, [
    "reset",
    "--hard",
    "--quiet",
  ], { ...callIn(worktree, env), writesIndex: true });
}

/**
 * Removes a worktree with everything in its folder. If the folder is already
 * gone, git only forgets it. Throws an `environment` error if it cannot be
 * removed.
 */
export async function removeWorktree(
  repository: Repository,
  path: string,
  env: Record<string, string>,
): Promise<void> {
  await forgetMissing(repository, path, env, true);
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw cannot(`remove worktree "${path}"`, error);
  }
  await forgetMissing(repository, path, env);
}

/** Deletes a branch, merged or not. Throws an `environment` error if git refuses, as for one that is checked out. */
export async function deleteBranch(
  repository: Repository,
  branch: string,
  env: Record<string, string>,
): Promise<void> {
  const call = callIn(repository, env);
  if (await revision(`refs/heads/${branch}`, call) === null) return;
  await git(`Cannot delete branch "${branch}"`, [
    ...["branch", "--delete", "--force", "--quiet", "--", branch],
  ], call);
}

/** The commit that a revision names, such as `refs/heads/main`; `null` if there is none. */
export async function findCommit(
  repository: Repository,
  name: string,
  env: Record<string, string>,
): Promise<string | null> {
  return await revision(`${name}^{commit}`, callIn(repository, env));
}

/** The newest commit of a history whose message has this line; `null` if none has it, or there is no such history. */
export async function commitWithLine(
  repository: Repository,
  name: string,
  line: string,
  env: Record<string, string>,
): Promise<string | null> {
  const output = await runGit([
    ...["log", "-1", "--format=%H", "--no-show-signature", "--grep"],
    ...[`^${line.replace(/[.\[\]*^$\\]/g, "\\$&")}$`, name],
  ], callIn(repository, env));
  return output.stdout.trim() || null;
}

/** Whether a branch, a tag or HEAD contains the commit; branches of runs do not count. */
export async function isContained(
  repository: Repository,
  commit: string,
  runBranches: string,
  env: Record<string, string>,
): Promise<boolean> {
  const call = callIn(repository, env);
  const inHead = await runGit(
    ["merge-base", "--is-ancestor", commit, "HEAD"],
    call,
  );
  if (inHead.code === 0) return true;
  const refs = await git(`Cannot look for commit ${commit}`, [
    ...["for-each-ref", "--format=%(refname)", `--contains=${commit}`],
    ...["refs/heads", "refs/remotes", "refs/tags"],
  ], call);
  return refs.split("\n").some((ref) =>
    ref !== "" && !ref.startsWith(`refs/heads/${runBranches}`)
  );
}

/** Submodules and repositories in a worktree, whose content git does not track with it. */
export async function innerRepositories(
  worktree: Repository,
  env: Record<string, string>,
): Promise<string[]> {
  const call = callIn(worktree, env);
  const what = `Cannot look into worktree "${worktree.root}"`;
  const [tracked, others] = await Promise.all([
    git(what, ["ls-files", "--stage", "-z"], call),
    git(what, ["ls-files", "--others", "--exclude-standard", "-z"], call),
  ]);
  const links = tracked.split("\0").filter((line) => line.startsWith("160000 "))
    .map((line) => line.slice(line.indexOf("\t") + 1));
  const filled = await Promise.all(links.map(async (link) => {
    const path = `${worktree.root}/${link}/.git`;
    return await exists(path) ? [link] : [];
  }));
  const found = others.split("\0").filter((path) => path.endsWith("/"));
  return [...filled.flat(), ...found.map((path) => path.slice(0, -1))];
}

/** How many files differ from the commit that is checked out, including new ones. */
export async function countUncommitted(
  repository: Repository,
  env: Record<string, string>,
): Promise<number> {
  const output = await git(`Cannot look into "${repository.root}"`, [
    ...["status", "--porcelain", "--no-renames", "-z"],
    ...["--untracked-files=normal", "--ignore-submodules=dirty"],
  ], callIn(repository, env));
  return output.split("\0").length - 1;
}

/** With `force`, also removes the folder, as far as git does. */
async function forgetMissing(
  repository: Repository,
  path: string,
  env: Record<string, string>,
  force = false,
): Promise<void> {
  if (!force && await exists(path)) return;
  // Twice: the second one is for a locked worktree.
  await runGit(
    ["worktree", "remove", "--force", "--force", "--", path],
    callIn(repository, env),
  );
}

function callIn(
  repository: Repository,
  env: Record<string, string>,
): GitCall & { repository: Repository } {
  return { env, cwd: repository.root, repository };
}
