import { basename, dirname, join, relative } from "@std/path";
import { selfRunningIn } from "../worktrees/self_running_changes.ts";
import type { Repository } from "../git/git_call.ts";
import { type HiddenFiles, listHiddenFiles } from "../git/hidden_files.ts";
import { innerRepositories } from "../git/worktree.ts";
import type { RunRecord } from "../run/record.ts";
import { wasTouched } from "../system/was_touched.ts";
import { isManifest, runsByItself } from "../run/self_running.ts";
import { NOTHING_TOLD, type ToldChanges } from "../run/told.ts";
import { exists, linkInfoAt } from "../files/exists.ts";
import { ignoreUnlessAbsent } from "../system/ignore.ts";

/** A change of a run, and what was known before it. */
export interface Change {
  repository: Repository;
  before: string;
  after: string;
  /** The names before and after. */
  files: string[];
  /** When the worker could begin, in milliseconds since 1970. */
  since: number;
  /** What `info/exclude` said then. */
  exclude: string;
  /** Whether the worker could write git's own folder. */
  unconfined: boolean;
  /** Folders whose untracked files are too many to look at. */
  except: readonly string[];
  /** Changed files that are not in the diff. */
  leftOut: readonly string[];
  scratch: string;
  env: Record<string, string>;
}

/** How many of each kind the record names. */
const MOST_NAMES = 100;
/** A change beyond this is too much to read. */
const MOST_FILES = 1_000;
const LARGE_FILE = 10 << 20;
const LARGE_SUM = 50 << 20;
/** How many files are checked for their size, and how many entries in folders that git does not look into. */
const MOST_SIZES = 5_000;
const MOST_ENTRIES = 5_000;

/** What to report about a change besides its diff, and what prevented that. */
export async function tellChanges(
  change: Change,
): Promise<{ told: ToldChanges; warnings: string[] }> {
  const { repository, files, since } = change;
  const { root } = repository;
  const [hidden, known, inner] = await Promise.all([
    listHiddenFiles(repository, change.before, change),
    selfRunningIn(repository, change, change),
    innerRepositories(repository, change.env),
  ]);
  const walk = makeWalk(root);
  const looked = [
    // Everything that is hidden now is new; of what was already ignored, only files touched since count.
    ...await walk(hidden.paths, 0),
    ...await walk(ignoredBefore(hidden), since),
    ...await walk(inner.flatMap((path) => obeyedIn(`${path}/.git`)), since),
    ...change.unconfined ? await walk(gitsOwn(repository), since) : [],
  ].filter((path) => runsByItself(path) !== null || isManifest(path));
  const bare = await bareRepositories(root, files);
  const sizes = await sizesOf(root, [...files, ...hidden.paths]);
  const self_running = sorted([...known, ...looked, ...bare]);
  const more = self_running.length - MOST_NAMES;
  return {
    told: {
      self_running: self_running.slice(0, MOST_NAMES),
      hidden_files: withoutContent(hidden.paths).slice(0, MOST_NAMES),
      left_out: change.leftOut.slice(0, MOST_NAMES),
      huge: hugeOf(files.length, sizes),
    },
    warnings: [
      ...more > 0
        ? [`${more} more files than self_running names run on their own`]
        : [],
      ...hidden.complete ? [] : [
        "Ignore rules of this run may hide more than hidden_files names",
      ],
    ],
  };
}

/** The same if there is no diff: the touched files that programs run on their own. */
export async function tellTouched(
  { cwd, sandbox }: Pick<RunRecord, "cwd" | "sandbox">,
  since: number,
): Promise<ToldChanges> {
  if (sandbox === "read-only") return NOTHING_TOLD;
  const touched = await makeWalk(cwd)(["."], since);
  const self_running = sorted(
    touched.filter((path) => runsByItself(path) !== null),
  ).slice(0, MOST_NAMES);
  return { ...NOTHING_TOLD, self_running };
}

function sorted(paths: string[]): string[] {
  return [...new Set(paths)].sort();
}

/** For a folder that ignores itself, such as a cache, only the folder. */
function withoutContent(paths: readonly string[]): string[] {
  const folders = paths.filter((path) => path.endsWith("/.gitignore"))
    .map((path) => path.slice(0, -".gitignore".length));
  return sorted(
    paths.map((path) =>
      folders.find((folder) => path.startsWith(folder)) ?? path
    ),
  );
}

function ignoredBefore({ ignored, paths }: HiddenFiles): string[] {
  const hidden = new Set(paths);
  return ignored.filter((path) =>
    !hidden.has(path) && runsByItself(path) !== null
  );
}

function gitsOwn({ root, common_dir }: Repository): string[] {
  return obeyedIn(relative(root, common_dir));
}

/** Where git finds what to run in its own folder. */
function obeyedIn(gitFolder: string): string[] {
  return ["hooks", "config", "info/attributes"]
    .map((name) => join(gitFolder, name));
}

/** The configurations of git folders without a work tree among files: git obeys them for anybody who enters the folder. */
async function bareRepositories(
  root: string,
  files: readonly string[],
): Promise<string[]> {
  const configs = files.filter((path) => basename(path) === "config");
  const found = await Promise.all(
    configs.slice(0, MOST_NAMES).map(async (path) => {
      const folder = join(root, dirname(path));
      return await exists(join(folder, "HEAD")) &&
        await exists(join(folder, "objects"));
    }),
  );
  return configs.filter((_, index) => found[index]);
}

/** Makes a function that lists the files among paths, and inside those that end with a slash, whose state has changed since a time; it checks a limited number of entries. */
function makeWalk(
  root: string,
): (paths: readonly string[], since: number) => Promise<string[]> {
  let left = MOST_ENTRIES;
  return async (paths, since) => {
    const found: string[] = [];
    // Entries higher up are checked first.
    const queue = [...paths];
    for (const path of queue) {
      if (left-- <= 0) break;
      const info = await linkInfoAt(join(root, path));
      if (info === null) continue;
      if (info.isDirectory) {
        const names = await namesIn(join(root, path), left);
        queue.push(...names.map((name) => join(path, name)));
        continue;
      }
      if (wasTouched(info, since)) found.push(path);
    }
    return found;
  };
}

/** The names in a folder, except those that no program runs on its own; a limited number. */
async function namesIn(folder: string, most: number): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (names.length >= most) break;
      // git creates samples of hooks, but does not run them.
      if (name !== "node_modules" && !name.endsWith(".sample")) {
        names.push(name);
      }
    }
  } catch (error) {
    ignoreUnlessAbsent(error, "what cannot be read counts as empty");
  }
  return names;
}

interface Size {
  path: string;
  bytes: number;
}

async function sizesOf(
  root: string,
  paths: readonly string[],
): Promise<Size[]> {
  const found: Size[] = [];
  for (const path of paths.slice(0, MOST_SIZES)) {
    const info = await linkInfoAt(join(root, path));
    if (info?.isFile) found.push({ path, bytes: info.size });
  }
  return found;
}

function hugeOf(files: number, sizes: Size[]): ToldChanges["huge"] {
  const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0);
  const largest = sizes.sort((a, b) => b.bytes - a.bytes).slice(0, 3);
  const isHuge = files >= MOST_FILES || bytes >= LARGE_SUM ||
    (largest[0]?.bytes ?? 0) >= LARGE_FILE;
  return isHuge ? { files, bytes, largest } : null;
}
