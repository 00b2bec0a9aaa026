import { basename, dirname, join, relative } from "@std/path";
import { selfRunningIn } from "../fleet/told_changes.ts";
import {
  type HiddenFiles,
  innerRepositories,
  listHiddenFiles,
  type Repository,
} from "../git/mod.ts";
import type { RunRecord } from "../run/record.ts";
import { wasTouched } from "../system/was_touched.ts";
import { isManifest, runsByItself } from "../run/self_running.ts";
import { NOTHING_TOLD, type ToldChanges } from "../run/told.ts";

/** A change of a run, and what was known before it. */
export interface Change {
  repository: Repository;
  before: string;
  after: string;
  /** Names before and after. */
  files: string[];
  /** When the worker could begin, in milliseconds since 1970. */
  since: number;
  /** What `info/exclude` said then. */
  exclude: string;
  /** Whether the worker could write git's own folder. */
  unconfined: boolean;
  scratch: string;
  env: Record<string, string>;
}

/** The record names no more of each kind. */
const MOST_NAMES = 100;
/** Nobody reads through more. */
const MOST_FILES = 1_000;
const LARGE_FILE = 10 << 20;
const LARGE_SUM = 50 << 20;
/** So many files are asked for their size, and so many entries of folders that git does not look into. */
const MOST_SIZES = 5_000;
const MOST_ENTRIES = 5_000;

/** What is to be told of a change besides its diff, and what stood in the way of that. */
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
    // Of what is hidden now all is new; of what was ignored before, what was touched since.
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
      huge: hugeOf(files.length, sizes),
    },
    warnings: [
      ...more > 0
        ? [`${more} more files than self_running names run by themselves`]
        : [],
      ...hidden.complete ? [] : [
        "More may be hidden by ignore rules of this run than hidden_files names",
      ],
    ],
  };
}

/** The same where there is no diff: what programs run by themselves of what was touched since. */
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

/** Of a folder that ignores itself, such as that of a cache, the folder alone. */
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

/** Where git finds in its folder what it is to run. */
function obeyedIn(gitFolder: string): string[] {
  return ["hooks", "config", "info/attributes"]
    .map((name) => join(gitFolder, name));
}

/** The configurations of git folders without a work tree among files: git obeys them for whoever enters the folder. */
async function bareRepositories(
  root: string,
  files: readonly string[],
): Promise<string[]> {
  const configs = files.filter((path) => basename(path) === "config");
  const isThere = (path: string) =>
    Deno.lstat(path).then(() => true, () => false);
  const found = await Promise.all(
    configs.slice(0, MOST_NAMES).map(async (path) => {
      const folder = join(root, dirname(path));
      return await isThere(join(folder, "HEAD")) &&
        await isThere(join(folder, "objects"));
    }),
  );
  return configs.filter((_, index) => found[index]);
}

/** Makes a function that lists the files among paths, and in those that end with a slash, whose state changed since a time; it looks at so many entries at most. */
function makeWalk(
  root: string,
): (paths: readonly string[], since: number) => Promise<string[]> {
  let left = MOST_ENTRIES;
  return async (paths, since) => {
    const found: string[] = [];
    // What lies higher is looked at first.
    const queue = [...paths];
    for (const path of queue) {
      if (left-- <= 0) break;
      const info = await Deno.lstat(join(root, path)).catch(() => null);
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

/** What a folder holds, but for what no program runs by itself; so many names at most. */
async function namesIn(folder: string, most: number): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (names.length >= most) break;
      // Git makes samples of hooks, and runs none.
      if (name !== "node_modules" && !name.endsWith(".sample")) {
        names.push(name);
      }
    }
  } catch {
    // It cannot be read, by us or at all.
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
    const info = await Deno.lstat(join(root, path)).catch(() => null);
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
