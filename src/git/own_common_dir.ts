import { join } from "@std/path";
import { writeFileAtomic } from "../files/atomic_file.ts";
import { exists, linkInfoAt } from "../files/exists.ts";
import { sha256Hex } from "../files/digest.ts";
import { environmentError } from "../system/errors.ts";
import type { Repository } from "./git_call.ts";
import { formatSettings, type Setting } from "./settings_list.ts";

/** Names that git may create in a common folder while it runs; a dangling link does not prevent that. */
const ALWAYS = ["HEAD", "objects", "refs", "packed-refs", "shallow"];

/** What else git, git-lfs, git-crypt or git-annex reads in a common folder; no configuration, no hooks. */
const IF_THERE = [
  ...["info", "logs", "worktrees", "modules", "reftable", "rr-cache"],
  ...["lfs", "git-crypt", "annex"],
];

/** Keeps our calls from tidying up. */
const SETTINGS = "[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n";

/**
 * Makes a git folder that links to everything in a repository's common folder except
 * its configuration and hooks, and has these settings instead; returns its path.
 * With `GIT_COMMON_DIR` git takes it for the repository's own: whatever happens to
 * the repository's configuration in the meantime, git does not read it.
 *
 * It is in the home folder, out of reach of workers, and is named after its content,
 * so that it never changes and any number of processes can share it.
 * Throws an `environment` error without HOME.
 */
export async function ownCommonDir(
  { common_dir }: Repository,
  settings: readonly Setting[],
  env: Record<string, string>,
): Promise<string> {
  const home = env["HOME"];
  if (!home) {
    throw environmentError(
      `Cannot use the git repository "${common_dir}": agentctl keeps the settings for git in HOME, which is not set`,
    );
  }
  const config = SETTINGS + formatSettings(settings);
  const folders = join(home, ".ai-orch", "git");
  const digest = await sha256Hex(`${common_dir}\0${config}`);
  const folder = join(folders, digest.slice(0, 24));
  if (!await exists(join(folder, "config"))) {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    await removeDead(folders);
    await link(common_dir, folder, ALWAYS);
    const file = join(folder, "config");
    await writeFileAtomic(file, config, { durable: false });
  }
  return folder;
}

/** Adds whatever has since been added to the repository's common folder. */
export async function updateOwnCommonDir(
  { common_dir }: Repository,
  folder: string,
): Promise<void> {
  const isNew = await Promise.all(
    IF_THERE.map(async (name) =>
      await exists(join(common_dir, name), Deno.stat) &&
      !(await linkInfoAt(join(folder, name)))?.isSymlink
    ),
  );
  await link(common_dir, folder, IF_THERE.filter((_, index) => isNew[index]));
}

async function link(from: string, to: string, names: string[]): Promise<void> {
  for (const name of names) {
    const path = join(to, name);
    try {
      await Deno.symlink(join(from, name), path);
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      if ((await Deno.lstat(path)).isSymlink) continue;
      // git created it here before the repository had one.
      await Deno.remove(path, { recursive: true });
      await Deno.symlink(join(from, name), path);
    }
  }
}

/** Removes the folders of repositories that are gone. */
async function removeDead(folders: string): Promise<void> {
  for await (const { name } of Deno.readDir(folders)) {
    const objects = join(folders, name, "objects");
    const isDead = await exists(objects) && !await exists(objects, Deno.stat);
    if (isDead) await Deno.remove(join(folders, name), { recursive: true });
  }
}
