import { exists } from "../files/exists.ts";
import { commitTree, treeOf } from "./commit_tree.ts";
import { environmentError } from "../system/errors.ts";
import {
  isOlder,
  MERGING_GIT,
  versionIn,
  versionWords,
} from "../system/program_versions.ts";
import type { GitCall, Repository } from "./git_call.ts";
import { noteFailedFilter } from "./failing_filters.ts";
import { git, gitError, runGit, runGitOnce } from "./git_command.ts";

export interface MergeOptions {
  env: Record<string, string>;
  /** A folder for objects that are discarded afterwards, so that a preview leaves no trace. */
  scratch?: string;
  signal?: AbortSignal;
}

/** A commit to be merged, and the message of the merge commit. */
export interface MergeSource {
  commit: string;
  message: string;
  /** Whether to make one commit with all changes, without the history of the source. */
  squash: boolean;
}

/** The outcome of a merge, for which only objects are written. */
export type MergeResult =
  | { state: "merged"; commit: string }
  /** Everything in it is already there. */
  | { state: "contained" }
  | { state: "conflict"; files: string[] };

/**
 * Merges a commit into another without a work tree, and makes the resulting commit;
 * if a fast-forward is possible, that is the commit itself. Throws an
 * `environment` error if git refuses or is too old for it.
 */
export async function mergeCommits(
  repository: Repository,
  into: string,
  source: MergeSource,
  options: MergeOptions,
): Promise<MergeResult> {
  const call = callIn(repository, options);
  const isAncestor = async (old: string, young: string) =>
    (await runGit(["merge-base", "--is-ancestor", old, young], call)).code ===
      0;
  if (await isAncestor(source.commit, into)) return { state: "contained" };
  if (!source.squash && await isAncestor(into, source.commit)) {
    return { state: "merged", commit: source.commit };
  }
  await requireMergingGit(repository, options);
  const output = await runGit(
    [
      ...["merge-tree", "--write-tree", "--no-messages", "--name-only", "-z"],
      ...[into, source.commit],
    ],
    call,
  );
  const [tree = "", ...files] = output.stdout.split("\0").filter((text) =>
    text !== ""
  );
  if (output.code === 1) {
    return { state: "conflict", files: [...new Set(files)] };
  }
  if (output.code !== 0) {
    throw gitError("Cannot merge", output.stderr);
  }
  if (source.squash && await treeOf(into, call) === tree) {
    return { state: "contained" };
  }
  const commit = await commitTree({
    tree,
    parents: source.squash ? [into] : [into, source.commit],
    message: source.message,
  }, call);
  return { state: "merged", commit };
}

/** Throws an `environment` error if git can only fast-forward. */
export async function requireMergingGit(
  repository: Repository,
  options: MergeOptions,
): Promise<void> {
  const said = await git("Cannot ask git for its version", [
    "version",
  ], callIn(repository, options));
  const version = versionIn(said);
  if (version === null || !isOlder(version, MERGING_GIT)) return;
  throw environmentError(
    `Cannot merge: git ${
      versionWords(version)
    } can only fast-forward without a work tree, and this needs more; install git ${
      versionWords(MERGING_GIT)
    } or later, or merge the branch (agentctl/…) with "git merge" yourself`,
  );
}

/** A commit that changed a file since two histories diverged. */
export interface FileChange {
  commit: string;
  subject: string;
  /** The values of the requested trailer. */
  trailers: string[];
}

/** The commits of `into` that changed a file and that `source` does not have, newest first. */
export async function changesOf(
  repository: Repository,
  file: string,
  { into, source, trailer }: { into: string; source: string; trailer: string },
  options: MergeOptions,
): Promise<FileChange[]> {
  const format =
    `%H%x1f%s%x1f%(trailers:key=${trailer},valueonly,separator=%x2c)%x00`;
  const output = await git(`Cannot read the history of "${file}"`, [
    ...["log", "--no-show-signature", `--format=${format}`],
    ...[into, `^${source}`, "--", `:(top,literal)${file}`],
  ], callIn(repository, options));
  return output.split("\0").map((text) => text.trim()).filter((text) =>
    text !== ""
  ).map((text) => {
    const [commit = "", subject = "", trailers = ""] = text.split("\x1f");
    return {
      commit,
      subject,
      trailers: trailers.split(",").filter((value) => value !== ""),
    };
  });
}

/** The operation in progress in a work tree, such as `merge`; `null` if there is none. */
export async function operationInProgress(
  repository: Repository,
): Promise<string | null> {
  const marks = {
    MERGE_HEAD: "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    CHERRY_PICK_HEAD: "cherry-pick",
    REVERT_HEAD: "revert",
  };
  for (const [name, operation] of Object.entries(marks)) {
    const path = `${repository.git_dir}/${name}`;
    if (await exists(path)) return operation;
  }
  return null;
}

/**
 * Moves the branch that is checked out, its index and its files forward to a commit
 * that contains it. If files of the user are in the way, it changes nothing and
 * throws an `environment` error with git's own words.
 */
export async function fastForward(
  repository: Repository,
  commit: string,
  env: Record<string, string>,
): Promise<void> {
  const call = { env, cwd: repository.root, repository, writesIndex: true };
  // Only then may a call that a filter has broken off be finished in another way.
  const check = ["read-tree", "-m", "-u", "-n", "HEAD", commit];
  const isFree = (await runGit(check, call)).code === 0;
  const args = [
    ...["merge", "--ff-only", "--no-squash", "--no-autostash", "--no-stat"],
    ...["--no-verify-signatures", "--no-overwrite-ignore", "--quiet", commit],
  ];
  const run: typeof runGitOnce = isFree ? runGitOnce : runGit;
  const output = await run(args, call);
  const { code, stderr } = output;
  const isNew = isFree && await noteFailedFilter(args, call, output);
  if (code === 0) return;
  if (isNew) return await finishFastForward(repository, commit, call);
  const files = stderr.split("\n").filter((line) => line.startsWith("\t"))
    .map((line) => line.trim());
  throw files.length === 0
    ? gitError(`Cannot merge into "${repository.root}"`, stderr)
    : environmentError(
      `Cannot merge into "${repository.root}": git says: ${
        stderr.split("\n")[0]?.replace(/^error: /, "").replace(/:$/, "")
      }: ${files.join(", ")}`,
    );
}

/** Goes on where a filter failed, without it; nothing of the user's is among the files that differ. */
async function finishFastForward(
  repository: Repository,
  commit: string,
  call: GitCall,
): Promise<void> {
  const what = `Cannot merge into "${repository.root}"`;
  const stdin = await git(what, [
    ...["diff-tree", "-r", "-z", "--name-only", "--no-renames"],
    ...["HEAD", commit],
  ], call);
  await git(what, [
    ...["--literal-pathspecs", "restore", `--source=${commit}`, "--staged"],
    ...["--worktree", "--pathspec-from-file=-", "--pathspec-file-nul"],
  ], { ...call, stdin });
  await git(what, ["reset", "--soft", "--quiet", commit], call);
}

function callIn(repository: Repository, options: MergeOptions): GitCall {
  return { ...options, cwd: repository.root, repository };
}
