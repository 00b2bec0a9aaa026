import { git } from "./git_command.ts";
import type { GitCall } from "./git_call.ts";
import { identitySettings } from "./identity.ts";

/** What a commit is made of. */
export interface CommitContent {
  tree: string;
  /** Ids of its parents, in order. */
  parents: string[];
  message: string;
}

/**
 * Makes a commit and returns its id; no ref, index or file changes, and no hook,
 * editor or signature is involved. Throws an `environment` error if git refuses.
 */
export async function commitTree(
  { tree, parents, message }: CommitContent,
  call: GitCall,
): Promise<string> {
  const settings = [
    ...call.settings ?? [],
    ...await identitySettings(call),
    "i18n.commitEncoding=UTF-8",
  ];
  const options = parents.flatMap((parent) => ["-p", parent]);
  const id = await git(
    "Cannot commit",
    ["commit-tree", ...options, "-F", "-", tree],
    { ...call, settings, stdin: message },
  );
  return id.trim();
}

/** The id of a commit's tree. */
export async function treeOf(commit: string, call: GitCall): Promise<string> {
  const args = ["rev-parse", "--verify", "--end-of-options"];
  const id = await git(
    `Cannot read commit ${commit}`,
    [...args, `${commit}^{tree}`],
    call,
  );
  return id.trim();
}

/** The commits that are not contained in any of the others, in the order given. */
export async function independentCommits(
  commits: string[],
  call: GitCall,
): Promise<string[]> {
  const unique = [...new Set(commits)];
  if (unique.length < 2) return unique;
  const output = await git(
    "Cannot compare commits",
    ["merge-base", "--independent", ...unique],
    call,
  );
  const independent = output.trim().split("\n");
  return unique.filter((commit) => independent.includes(commit));
}
