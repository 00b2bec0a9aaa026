import { revision, runGit } from "./git_command.ts";
import type { GitCall, Repository } from "./git_call.ts";

export interface TreeOptions {
  env: Record<string, string>;
  /** The scratch folder with which the trees were made, if they are not in a repository. */
  scratch?: string;
  signal?: AbortSignal;
}

/** A longer file is not read. */
const MOST_BYTES = 1 << 20;

/** The text of a file in a tree or commit, by its path from the top level; empty if it does not exist or is too long. */
export async function readTreeFile(
  repository: Repository,
  tree: string,
  path: string,
  options: TreeOptions,
): Promise<string> {
  const call = callIn(repository, options);
  const name = `${tree}:${path}`;
  const { stdout: size } = await runGit(["cat-file", "-s", name], call);
  if (!(Number(size) <= MOST_BYTES)) return "";
  return (await runGit(["cat-file", "blob", name], call)).stdout;
}

/** The files that the second of two commits has changed since their histories diverged. */
export async function changedSince(
  repository: Repository,
  into: string,
  commit: string,
  options: TreeOptions,
): Promise<{ base: string; files: string[] }> {
  const call = callIn(repository, options);
  const common = await runGit(["merge-base", into, commit], call);
  const base = common.stdout.split("\n")[0] ||
    (await revision(into, call) ?? into);
  const { stdout } = await runGit([
    ...["diff-tree", "-r", "-z", "--name-only", "--no-renames"],
    ...["--ignore-submodules=none", base, commit],
  ], call);
  return { base, files: stdout.split("\0").filter((path) => path !== "") };
}

function callIn(repository: Repository, options: TreeOptions): GitCall {
  return { ...options, cwd: repository.root, repository };
}
