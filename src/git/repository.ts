import { resolve } from "@std/path";
import { environmentError, messageOf } from "../system/errors.ts";
import { type GitCall, gitError, runGit } from "./git_command.ts";

/** A work tree and where git keeps what belongs to it. All paths are absolute. */
export interface Repository {
  /** Top level of the work tree. */
  root: string;
  /** The git folder of this work tree; in a linked worktree one of its own. */
  git_dir: string;
  /** The git folder that all worktrees share: objects, refs, configuration. */
  common_dir: string;
  /** The folder that was asked for, as a real path. */
  folder: string;
  /** `folder` relative to `root`, without a slash at the end; empty at the top. */
  prefix: string;
  /** Id of the commit that is checked out; null before the first commit. */
  head: string | null;
  /** Short name of the branch, also of one without commits yet; null if HEAD is detached. */
  branch: string | null;
}

const LOCATION = [
  "--is-inside-work-tree",
  "--absolute-git-dir",
  "--git-common-dir",
  "--show-toplevel",
  "--show-prefix",
];

/** With `--revs-only`, a HEAD without commits prints nothing, instead of being an error. */
const HEAD = ["--revs-only", "HEAD", "--symbolic-full-name", "HEAD"];

/**
 * Finds the repository whose work tree holds the folder. Returns null outside
 * of a work tree: no repository, a bare one, or inside of a git folder. Throws
 * an `environment` error if the folder does not exist, git is not installed,
 * or git refuses the repository ("dubious ownership", a broken configuration).
 */
export async function findRepository(
  folder: string,
  env: Record<string, string>,
): Promise<Repository | null> {
  const call: GitCall = { env, cwd: await realFolder(folder) };
  const output = await runGit(["rev-parse", ...LOCATION, ...HEAD], call);
  if (output.stdout.startsWith("false\n")) return null;
  if (output.code !== 0) {
    if (
      /not a git repository \(or any|cannot use bare repository/.test(
        output.stderr,
      )
    ) return null;
    throw gitError(
      `Cannot use the git repository of "${call.cwd}"`,
      output.stderr,
    );
  }
  const lines = output.stdout.split("\n").slice(0, -1);
  const values = lines.length === 7 ? lines : await valuesOneByOne(call);
  const [, gitDir, commonDir, root, prefix, head, reference] = values;
  return {
    root: root ?? "",
    git_dir: gitDir ?? "",
    common_dir: await Deno.realPath(resolve(call.cwd, commonDir ?? "")),
    folder: call.cwd,
    prefix: (prefix ?? "").replace(/\/$/, ""),
    head: head || null,
    branch: reference?.startsWith("refs/")
      ? reference.replace(/^refs\/heads\//, "")
      : null,
  };
}

async function realFolder(folder: string): Promise<string> {
  try {
    const path = await Deno.realPath(folder);
    return (await Deno.stat(path)).isDirectory
      ? path
      : Promise.reject(new Error("it is not a folder"));
  } catch (error) {
    throw environmentError(
      `Cannot look for a git repository in "${folder}": ${messageOf(error)}`,
      error,
    );
  }
}

/** Slower, for what does not fit into one answer: a HEAD without commits, or a line break in a path. */
async function valuesOneByOne(call: GitCall): Promise<string[]> {
  const questions = [
    ...LOCATION.map((option) => ["rev-parse", option]),
    ["rev-parse", "--verify", "--quiet", "HEAD"],
    ["symbolic-ref", "--quiet", "HEAD"],
  ];
  const answers = await Promise.all(
    questions.map((args) => runGit(args, call)),
  );
  return answers.map((answer, position) => {
    // The last two fail where there is no commit, or no branch.
    if (answer.code !== 0 && position < LOCATION.length) {
      throw gitError(
        `Cannot use the git repository of "${call.cwd}"`,
        answer.stderr,
      );
    }
    return answer.code === 0 ? answer.stdout.replace(/\n$/, "") : "";
  });
}
