import {
  changedSince,
  readTreeFile,
  type TreeOptions,
} from "../git/tree_file.ts";
import type { Repository } from "../git/git_call.ts";
import {
  isManifest,
  runsByItself,
  selfRunningPart,
} from "../run/self_running.ts";

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
