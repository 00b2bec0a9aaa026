import { join } from "@std/path";
import { linkInfoAtSync } from "../files/exists.ts";
import { delay } from "../system/delay.ts";
import { wasTouched } from "../system/was_touched.ts";
import { formatBytes } from "../text/token_count.ts";
import { firstOf, plural } from "../text/wording.ts";
import { chooseFolders, type Weighed } from "./choose_folders.ts";
import type { GitCall, Repository } from "./git_call.ts";
import { listOthers } from "./list_others.ts";

/** How much of what git does not track is recorded with its content. */
export interface SnapshotLimits {
  /** The bytes of a single file. */
  file: number;
  /** The number of all files, and their bytes. */
  files: number;
  bytes: number;
}

/** For what lies beside the source while a run works. */
export const BESIDE_LIMITS: SnapshotLimits = {
  file: 10 << 20,
  files: 5_000,
  bytes: 200 << 20,
};

/** For what a worker makes in a worktree of its own, because it is to be merged. */
export const WORK_LIMITS: SnapshotLimits = {
  file: 100 << 20,
  files: 20_000,
  bytes: 500 << 20,
};

/** More large files than these are set aside with their folders. */
const MOST_LARGE = 200;

/** Untracked files that are too large or too many to be recorded. Paths are from the top level. */
export interface SetAside {
  /** Folders of which all untracked files are set aside; the empty one is the top level. */
  folders: string[];
  /** Single files, each with its size and times. */
  files: Record<string, string>;
}

/** The same, and what was seen in the folders. */
export interface FoundAside extends SetAside {
  inFolders: Map<string, string>;
  bytes: number;
}

export const NOTHING_ASIDE: SetAside = { folders: [], files: {} };

export interface SetAsideOptions extends Pick<GitCall, "env" | "signal"> {
  limits: SnapshotLimits;
  /** What was set aside before and stays so: folders, and files that have not changed. */
  before?: SetAside;
  /** Whether files stay aside even if they have changed. */
  keepFiles?: boolean;
}

/**
 * Finds which of a repository's untracked files are to be set aside, so that the rest
 * is recorded in a bounded time. No content is read. Throws an `environment` error if
 * git refuses.
 */
export async function findSetAside(
  repository: Repository,
  { limits, before = NOTHING_ASIDE, keepFiles = false, ...call }:
    SetAsideOptions,
): Promise<FoundAside> {
  const others = await listOthers(repository, call);
  const folders = [...new Set([...before.folders, ...others.unlisted])];
  const stamps = new Map<string, string>();
  const small: Weighed[] = [];
  const large: Weighed[] = [];
  for (const path of others.files) {
    // So that signals and the pane are not kept waiting.
    if (stamps.size % 5_000 === 4_999) await delay(0);
    const info = linkInfoAtSync(join(repository.root, path));
    if (info === null) continue;
    const stamp = stampOf(info);
    stamps.set(path, stamp);
    const earlier = before.files[path];
    const stays = keepFiles ? earlier !== undefined : earlier === stamp;
    const isLarge = stays || info.size > limits.file;
    (isLarge ? large : small).push({ path, bytes: info.size });
  }
  const choose = (
    list: Weighed[],
    weigh: (file: Weighed) => number,
    limit: number,
  ) => {
    const left = list.filter(({ path }) => !isIn(path, folders));
    folders.push(...chooseFolders(left, weigh, limit));
  };
  choose(large, () => 1, MOST_LARGE);
  choose(small, () => 1, limits.files);
  choose(small, ({ bytes }) => bytes, limits.bytes);
  const found: FoundAside = {
    folders,
    files: {},
    inFolders: new Map(),
    bytes: 0,
  };
  for (const [list, isLarge] of [[large, true], [small, false]] as const) {
    for (const { path, bytes } of list) {
      const stamp = stamps.get(path) ?? "";
      const inside = isIn(path, folders);
      if (inside) found.inFolders.set(path, stamp);
      else if (isLarge) found.files[path] = stamp;
      if (inside || isLarge) found.bytes += bytes;
    }
  }
  return found;
}

function stampOf({ size, mtime, ctime }: Deno.FileInfo): string {
  return `${size} ${mtime?.getTime()} ${ctime?.getTime()}`;
}

/** Whether a path is in one of the folders. */
function isIn(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) =>
    folder === "" || path.startsWith(`${folder}/`)
  );
}

/** The paths, files and folders, that a snapshot leaves out. */
export function pathsAside({ folders, files }: SetAside): string[] {
  return [
    ...folders,
    ...Object.keys(files).filter((path) => !isIn(path, folders)),
  ];
}

/** How coarse the times of files are. */
const COARSE_MS = 10;

/** How many changed files of a folder that was set aside are named. */
const MOST_NAMES = 20;

/**
 * The files among those set aside that have changed, without having been read; for a
 * folder with many of them, the folder with a slash. What was set aside only
 * afterwards counts if it has been touched since a time, in milliseconds since 1970.
 */
export function changedAside(
  repository: Repository,
  before: FoundAside,
  after: FoundAside,
  since: number,
): string[] {
  const stamps = ({ files, inFolders }: FoundAside) =>
    new Map([...Object.entries(files), ...inFolders]);
  const [old, young] = [stamps(before), stamps(after)];
  const changed = [
    ...[...old.keys()].filter((path) => !young.has(path)),
    ...[...young].filter(([path, stamp]) => {
      const earlier = old.get(path);
      if (earlier !== undefined) return earlier !== stamp;
      const info = linkInfoAtSync(join(repository.root, path));
      return info !== null && wasTouched(info, since - COARSE_MS);
    }).map(([path]) => path),
  ];
  const inFolder = after.folders.map((folder) => ({
    folder,
    paths: changed.filter((path) => isIn(path, [folder])),
  }));
  const many = inFolder.filter(({ paths }) => paths.length > MOST_NAMES)
    .map(({ folder }) => folder);
  return [
    ...changed.filter((path) => !isIn(path, many)),
    ...many.map((folder) => folder === "" ? "./" : `${folder}/`),
  ].sort();
}

/** Says what is set aside, or what is beyond what was before; `null` if nothing is. */
export function describeAside(
  { folders, files, inFolders, bytes }: FoundAside,
  before: SetAside = NOTHING_ASIDE,
): string | null {
  const newFolders = folders.filter((path) => !before.folders.includes(path));
  const newFiles = Object.keys(files).filter((path) => !(path in before.files));
  const names = [
    ...newFolders.map((path) => path === "" ? "the top folder" : `"${path}/"`),
    ...newFiles.map((path) => `"${path}"`),
  ];
  if (names.length === 0) return null;
  const count = Object.keys(files).length + inFolders.size;
  return `${plural(count, "untracked file")} (${
    formatBytes(bytes)
  }) compared by size and time only, and in no diff or commit: ${
    firstOf(names, MOST_TOLD)
  }; list them in .gitignore`;
}

/** How many names a warning has. */
const MOST_TOLD = 5;
