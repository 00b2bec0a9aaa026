import { dirname, join, resolve } from "@std/path";
import { exists, infoAt, realPathAt } from "../files/exists.ts";
import { environmentError } from "../system/errors.ts";
import { workerReach } from "../system/worker_reach.ts";
import type { Repository } from "./git_call.ts";
import { runGit } from "./git_command.ts";
import { ignoreUnlessAbsent } from "../system/ignore.ts";

/**
 * The folders at and above a real one that have a `.git`, nearest first, as far up
 * as git would look: to the root of the file system, or to a folder of
 * GIT_CEILING_DIRECTORIES.
 */
export async function* possibleRoots(
  folder: string,
  env: Record<string, string>,
): AsyncGenerator<string> {
  const ceilings = await Promise.all(
    (env["GIT_CEILING_DIRECTORIES"] ?? "").split(":")
      .filter((path) => path.startsWith("/"))
      .map(async (path) => await realPathAt(path) ?? path),
  );
  const { dev } = await Deno.stat(folder);
  const across = /^(1|true|yes|on)$/i.test(
    env["GIT_DISCOVERY_ACROSS_FILESYSTEM"] ?? "",
  );
  for (let place = folder;; place = dirname(place)) {
    if (place !== folder) {
      if (ceilings.includes(place)) return;
      const info = await infoAt(place);
      if (!across && info?.dev !== dev) return;
    }
    const entry = join(place, ".git");
    if (await exists(entry)) yield place;
    if (place === dirname(place)) return;
  }
}

/**
 * Throws an `environment` error if a worker could have made the `.git` of a work
 * tree, and it leads to a git folder that does not refer back: that of another
 * work tree, whose branches would change with what is done here.
 */
export async function requireOwnGitFolder(
  repository: Repository,
  env: Record<string, string>,
): Promise<void> {
  const { root, git_dir, common_dir } = repository;
  const entry = join(root, ".git");
  const reach = await workerReach(env);
  if (!reach.covers(entry)) return;
  if ((await Deno.lstat(entry)).isDirectory) {
    // A folder that uses another's configuration and branches.
    if (git_dir === entry && common_dir === entry) return;
  } else if (await namedIn(repository, env) === root) return;
  const remedy = git_dir === common_dir
    ? `git config core.worktree ${root}`
    : `git worktree repair ${root}`;
  throw environmentError(
    `Cannot use the git repository of "${root}": "${entry}" leads to "${
      git_dir === entry ? common_dir : git_dir
    }", which belongs to another folder; if you set it up like this, run "${remedy}" there`,
  );
}

/** The work tree that a git folder says it belongs to; `null` if it does not say. */
async function namedIn(
  repository: Repository,
  env: Record<string, string>,
): Promise<string | null> {
  const { git_dir, common_dir } = repository;
  try {
    if (git_dir !== common_dir) {
      const back = await Deno.readTextFile(join(git_dir, "gitdir"));
      return await Deno.realPath(dirname(resolve(git_dir, back.trim())));
    }
    const file = join(git_dir, "config");
    const { stdout } = await runGit(
      ["config", "--no-includes", "--file", file, "core.worktree"],
      { env, cwd: "/" },
    );
    const path = stdout.replace(/\n$/, "");
    return path === "" ? null : await Deno.realPath(resolve(git_dir, path));
  } catch (error) {
    ignoreUnlessAbsent(error, "a git folder that cannot be read leads nowhere");
    return null;
  }
}
