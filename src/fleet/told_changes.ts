import { changedSince, readTreeFile, type TreeOptions } from "../git/mod.ts";
import type { Repository } from "../git/mod.ts";
import {
  isManifest,
  runsByItself,
  selfRunningPart,
} from "../run/self_running.ts";
import type { ToldChanges } from "../run/told.ts";
import { formatBytes } from "../text/token_count.ts";
import { plural } from "../text/wording.ts";
import { harmlessLine } from "../text/others_words.ts";

/** How many package manifests are compared. */
const MOST_MANIFESTS = 50;

/** The files that differ between two trees and that programs run or obey on their own. */
export async function selfRunningIn(
  repository: Repository,
  { before, after, files }: { before: string; after: string; files: string[] },
  options: TreeOptions,
): Promise<string[]> {
  const found = files.filter((path) => runsByItself(path) !== null);
  const manifests = files.filter(isManifest);
  for (const path of manifests.slice(0, MOST_MANIFESTS)) {
    const [old, young] = await Promise.all(
      [before, after].map(async (tree) =>
        selfRunningPart(await readTreeFile(repository, tree, path, options))
      ),
    );
    if (old !== young) found.push(path);
  }
  return [...found, ...manifests.slice(MOST_MANIFESTS)];
}

/** The same for what merging a commit into another would change. */
export async function selfRunningOf(
  repository: Repository,
  into: string,
  commit: string,
  options: TreeOptions,
): Promise<string[]> {
  const { base, files } = await changedSince(repository, into, commit, options);
  const trees = { before: base, after: commit, files };
  return [...new Set(await selfRunningIn(repository, trees, options))].sort();
}

/** How many paths a line names. */
const MOST_NAMES = 8;

/** What is reported about a change, as lines for the user; none if there is nothing to report. */
export function toldLines(
  { self_running, hidden_files, huge }: ToldChanges,
): string[] {
  const lines: string[] = [];
  if (self_running.length > 0) {
    const names = self_running.map((path) =>
      `${harmlessLine(path)} (${runsByItself(path) ?? "its package manager"})`
    );
    lines.push(`Run or obeyed by programs on their own: ${listed(names)}`);
  }
  if (hidden_files.length > 0) {
    const names = hidden_files.map((path) => harmlessLine(path));
    lines.push(
      `Hidden by ignore rules of this run, so not in its diff: ${
        listed(names)
      }`,
    );
  }
  if (huge !== null) {
    const [largest] = huge.largest;
    lines.push(
      `Huge: ${plural(huge.files, "file")}, ${formatBytes(huge.bytes)}${
        largest
          ? `; the largest is ${harmlessLine(largest.path)}, ${
            formatBytes(largest.bytes)
          }`
          : ""
      }`,
    );
  }
  return lines;
}

function listed(names: string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(", ") +
    (more > 0 ? ` and ${more} more` : "");
}
