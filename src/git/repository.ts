import { dirname, relative, resolve } from "@std/path";
import { cannot } from "../system/errors.ts";
import { isWithin } from "../system/real_path.ts";
import type { GitCall, Repository } from "./git_call.ts";
import { gitError, runGit } from "./git_command.ts";
import { possibleRoots, requireOwnGitFolder } from "./git_folder.ts";

/** How long to wait: a planted HEAD may be a named pipe, which never ends. */
const ANSWER_TIMEOUT_MS = 30_000;

const LOCATION = [
  "--is-inside-work-tree",
  "--absolute-git-dir",
  "--git-common-dir",
  "--show-toplevel",
];

/** With `--revs-only`, a HEAD without commits prints nothing instead of an error. */
const HEAD = ["--revs-only", "HEAD", "--symbolic-full-name", "HEAD"];

/**
 * Finds the repository whose work tree contains the folder. Only a `.git` makes a
 * folder a repository: one that itself looks like a git folder is passed over.
 * Returns null outside a work tree: no repository, a bare one, or inside a git
 * folder. Throws an `environment` error if the folder does not exist, git is not
 * installed or refuses the repository ("dubious ownership", a broken
 * configuration), or a worker could have made the `.git` there lead to another
 * repository.
 */
export async function findRepository(
  folder: string,
  env: Record<string, string>,
): Promise<Repository | null> {
  const real = await realFolder(folder);
  for await (const root of possibleRoots(real, env)) {
    const found = await repositoryAt(root, real, env);
    if (found !== undefined) return found;
  }
  return null;
}

/** The repository whose `.git` is in the folder `root`; `null` if its work tree does not contain the other folder, `undefined` if that is not a git folder. */
async function repositoryAt(
  root: string,
  folder: string,
  env: Record<string, string>,
): Promise<Repository | null | undefined> {
  const refuse = (stderr: string) =>
    gitError(`Cannot use the git repository of "${folder}"`, stderr);
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const call: GitCall = { env, cwd: root, ceiling: dirname(root), signal };
  try {
    const output = await runGit(["rev-parse", ...LOCATION, ...HEAD], call);
    if (
      /not a git repository \(or any|cannot use bare repository/.test(
        output.stderr,
      )
    ) return undefined;
    // Before git 2.38: the folder itself, as a bare repository.
    if (output.stdout.startsWith(`false\n${root}\n`)) return undefined;
    if (output.stdout.startsWith("false\n")) return null;
    if (output.code !== 0) throw refuse(output.stderr);
    const lines = output.stdout.split("\n").slice(0, -1);
    const values = lines.length === LOCATION.length + 2
      ? lines
      : await valuesOneByOne(call, refuse);
    const [, gitDir = "", commonDir = "", top, head, reference] = values;
    if (gitDir === root) return undefined;
    if (top !== root || isWithin(folder, gitDir)) return null;
    const repository = {
      root,
      git_dir: gitDir,
      common_dir: await Deno.realPath(resolve(root, commonDir)),
      folder,
      prefix: relative(root, folder),
      head: head || null,
      branch: reference?.startsWith("refs/")
        ? reference.replace(/^refs\/heads\//, "")
        : null,
    };
    await requireOwnGitFolder(repository, env);
    return repository;
  } catch (error) {
    throw signal.aborted ? refuse("(nothing, for half a minute)") : error;
  }
}

/** Whether the folder is a bare repository, or inside one. */
export async function isBareRepository(
  folder: string,
  env: Record<string, string>,
): Promise<boolean> {
  const args = ["rev-parse", "--is-bare-repository"];
  const settings = ["safe.bareRepository=all"];
  const { stdout } = await runGit(args, { env, cwd: folder, settings });
  return stdout.trim() === "true";
}

async function realFolder(folder: string): Promise<string> {
  try {
    const path = await Deno.realPath(folder);
    return (await Deno.stat(path)).isDirectory
      ? path
      : Promise.reject(new Error("it is not a folder"));
  } catch (error) {
    throw cannot(`look for a git repository in "${folder}"`, error);
  }
}

/** The slower way, for cases that do not fit into one answer: a HEAD without commits, or a line break in a path. */
async function valuesOneByOne(
  call: GitCall,
  refuse: (stderr: string) => Error,
): Promise<string[]> {
  const questions = [
    ...LOCATION.map((option) => ["rev-parse", option]),
    ["rev-parse", "--verify", "--quiet", "HEAD"],
    ["symbolic-ref", "--quiet", "HEAD"],
  ];
  const answers = await Promise.all(
    questions.map((args) => runGit(args, call)),
  );
  return answers.map((answer, position) => {
    // The last two fail if there is no commit, or no branch.
    if (answer.code !== 0 && position < LOCATION.length) {
      throw refuse(answer.stderr);
    }
    return answer.code === 0 ? answer.stdout.replace(/\n$/, "") : "";
  });
}
