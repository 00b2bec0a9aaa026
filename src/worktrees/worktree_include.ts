import { exists, linkInfoAt } from "../files/exists.ts";
import { isWithin } from "../system/real_path.ts";
import { notedWorkerFolders } from "../system/worker_reach.ts";
import { dirname, join } from "@std/path";
import type { Repository } from "../git/git_call.ts";
import { listUntracked } from "../git/included_files.ts";
import { messageOf } from "../system/errors.ts";
import { unlessThere } from "../files/make_new.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { firstOf } from "../text/wording.ts";

/** The file that names what a worktree gets besides the files that git tracks. */
const INCLUDE_FILE = ".worktreeinclude";

/** How many of the files that were left out are named. */
const MOST_TOLD = 5;

/**
 * Copies the files, such as `.env`, that `.worktreeinclude` at the top of the
 * repository names and git does not track. No link is followed out of the
 * repository or out of the worktree. Returns what was left out, for the record.
 */
export async function copyIncluded(
  repository: Repository,
  worktree: string,
  env: Record<string, string>,
): Promise<string[]> {
  const patterns = join(repository.root, INCLUDE_FILE);
  const info = await linkInfoAt(patterns);
  if (!info?.isFile) return [];
  const skipped: string[] = [];
  for (const path of await listUntracked(repository, patterns, env)) {
    try {
      await copy(repository.root, worktree, path);
    } catch (error) {
      skipped.push(`"${path}" (${messageOf(error)})`);
    }
  }
  if (skipped.length === 0) return [];
  return [`Not copied into the worktree: ${firstOf(skipped, MOST_TOLD)}`];
}

async function copy(from: string, to: string, path: string): Promise<void> {
  const source = await Deno.realPath(join(from, path));
  if (!source.startsWith(`${from}/`)) {
    throw new Error("it leads out of the repository");
  }
  if (!(await Deno.stat(source)).isFile) throw new Error("it is not a file");
  const target = join(to, path);
  await ensureInside(to, dirname(path));
  const taken = await linkInfoAt(target);
  if (taken?.isFile === false) {
    throw new Error("something else is in its place");
  }
  // Never written through anything that may already be there.
  await removeQuietly(target);
  await Deno.copyFile(source, target);
}

/** Makes the folders of a path one by one, so that no link among them leads elsewhere. */
async function ensureInside(root: string, folder: string): Promise<void> {
  if (folder === ".") return;
  await ensureInside(root, dirname(folder));
  const path = join(root, folder);
  await Deno.mkdir(path).catch(unlessThere);
  if (!(await Deno.lstat(path)).isDirectory) {
    throw new Error("its folder leads out of the worktree");
  }
}

/** Whether files copied from the checkout come from a folder in which a worker has run. */
export async function includesWorkersFiles(
  { root }: Repository,
  env: Record<string, string>,
): Promise<boolean> {
  return await exists(join(root, INCLUDE_FILE)) &&
    (notedWorkerFolders(env) ?? []).some(({ folder }) =>
      isWithin(root, folder) || isWithin(folder, root)
    );
}
