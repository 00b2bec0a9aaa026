import { ensureFolder } from "../files/make_new.ts";
import { commitTree, independentCommits, treeOf } from "./commit_tree.ts";
import type { GitCall, Repository } from "./git_call.ts";
import { git, revision, runGit } from "./git_command.ts";
import {
  describeAside,
  findSetAside,
  NOTHING_ASIDE,
  type SetAside,
  WORK_LIMITS,
} from "./set_aside.ts";
import { takeSnapshot } from "./snapshot.ts";

/**
 * A commit of what a worktree held when its worker began, on top of the commit that
 * was checked out; the ref belongs to the worktree and is removed with it.
 */
const START_REF = "refs/worktree/agentctl-start";

/** A tree whose objects are in the repository, and what it leaves out. */
export interface RecordedState {
  tree: string;
  aside: SetAside;
}

export interface KeepOptions {
  /** The short name of the run's branch. */
  branch: string;
  /** A folder for a temporary index, for one call at a time. */
  scratch: string;
  message: string;
  env: Record<string, string>;
  /** The state of the worktree, if it was just recorded with `keepObjects`. */
  state?: RecordedState;
  signal?: AbortSignal;
}

/** What a worktree holds, as a commit for its branch. */
export interface KeptChanges {
  /** The commit that the branch should point to; possibly the current one. */
  commit: string;
  /** The commit that the branch points to now; `null` if there is no such branch. */
  tip: string | null;
  /** The state of the worktree, including what is not the worker's. */
  state: RecordedState;
  /** Why files of the worktree are not in it; `null` if all are, as far as checked. */
  leftOut: string | null;
}

/** Whether the worktree was completely prepared, that is, {@linkcode markStart} was called. */
export async function isReady(
  worktree: Repository,
  env: Record<string, string>,
): Promise<boolean> {
  return await revision(START_REF, callIn(worktree, env)) !== null;
}

/** Marks the state of the worktree as the one before the worker. */
export async function markStart(
  worktree: Repository,
  tree: string,
  env: Record<string, string>,
  aside: SetAside = NOTHING_ASIDE,
): Promise<void> {
  const call = callIn(worktree, env);
  const head = await revision("HEAD^{commit}", call);
  const commit = await commitTree({
    tree,
    parents: head === null ? [] : [head],
    message: `What was there before the worker\n\n${ASIDE}${
      JSON.stringify({ folders: aside.folders, files: aside.files })
    }\n`,
  }, call);
  await git("Cannot mark the start of a worktree", [
    "update-ref",
    START_REF,
    commit,
  ], call);
}

/**
 * The tree of what the worktree held when its worker began; `null` if its
 * start was never marked.
 */
export async function startTree(
  worktree: Repository,
  env: Record<string, string>,
): Promise<string | null> {
  return await revision(`${START_REF}^{tree}`, callIn(worktree, env));
}

/** Introduces what the state leaves out, in the message of the commit that marks it. */
const ASIDE = "Left-Out: ";

/** What the state before the worker left out. */
export async function startAside(
  worktree: Repository,
  env: Record<string, string>,
): Promise<SetAside> {
  const { stdout } = await runGit(
    ["cat-file", "commit", START_REF],
    callIn(worktree, env),
  );
  const line = stdout.split("\n").find((line) => line.startsWith(ASIDE));
  return line === undefined
    ? NOTHING_ASIDE
    : JSON.parse(line.slice(ASIDE.length));
}

/**
 * Records what is in the worktree: what the worker has made, and not what was too
 * much of what a set-up had left. Says what of the worker's is too much as well.
 */
export async function recordWork(
  worktree: Repository,
  options: Pick<KeepOptions, "scratch" | "env" | "signal">,
): Promise<RecordedState & { leftOut: string | null }> {
  const before = await startAside(worktree, options.env);
  const aside = await findSetAside(worktree, {
    ...options,
    limits: WORK_LIMITS,
    before,
  });
  let leftOut = describeAside(aside, before);
  const tree = await takeSnapshot(worktree, {
    ...options,
    aside,
    keepObjects: true,
    onLeftOut: (words) => leftOut ??= words,
  });
  return { tree, aside, leftOut };
}

/**
 * Makes a commit of what the worker changed in the worktree, on top of anything that
 * it committed itself, on whatever branch. Files that were there before and are
 * unchanged (those that a set-up made) are not part of it. No ref, index or
 * file changes: {@linkcode adoptChanges} does that. Throws an `environment`
 * error if git refuses.
 */
export async function composeChanges(
  worktree: Repository,
  options: KeepOptions,
): Promise<KeptChanges> {
  const call = { ...callIn(worktree, options.env), signal: options.signal };
  await ensureFolder(options.scratch);
  const { leftOut, ...state } = options.state === undefined
    ? await recordWork(worktree, options)
    : { ...options.state, leftOut: null };
  const { tree } = state;
  const [start, before, head, tip] = await Promise.all([
    revision(START_REF, call),
    revision(`${START_REF}^`, call),
    revision("HEAD^{commit}", call),
    revision(`refs/heads/${options.branch}`, call),
  ]);
  const parents = await independentCommits(
    [tip, before, head].filter((commit) => commit !== null),
    call,
  );
  // Without a mark, no worker has run in it yet.
  const content = start === null || before === null || head === null
    ? await treeOf("HEAD", call)
    : await withoutLeftovers({ before, start, head, tree }, {
      ...call,
      scratch: options.scratch,
      keepObjects: true,
    });
  const [only, ...others] = parents;
  const isThere = only !== undefined && others.length === 0 &&
    await treeOf(only, call) === content;
  const commit = isThere
    ? only
    : await commitTree({ tree: content, parents, message: options.message }, {
      ...call,
      settings: [],
    });
  return { commit, tip, state, leftOut };
}

/** Moves the run's branch to the commit, checks the branch out (no file changes), and marks the state as the new start. */
export async function adoptChanges(
  worktree: Repository,
  { commit, tip, state }: KeptChanges,
  { branch, env }: Pick<KeepOptions, "branch" | "env">,
): Promise<void> {
  const call = callIn(worktree, env);
  const what = `Cannot bring branch "${branch}" up to date`;
  const ref = `refs/heads/${branch}`;
  if (tip !== commit) {
    const old = tip ?? "0".repeat(commit.length);
    await git(what, ["update-ref", ref, commit, old], call);
  }
  await git(what, ["symbolic-ref", "HEAD", ref], call);
  await git(what, ["reset", "--quiet"], { ...call, writesIndex: true });
  await markStart(worktree, state.tree, env, state.aside);
}

function callIn(
  worktree: Repository,
  env: Record<string, string>,
): GitCall & { repository: Repository } {
  return {
    env,
    cwd: worktree.root,
    repository: worktree,
    settings: ["core.quotePath=true"],
  };
}

interface States {
  /** What was checked out before the worker. */
  before: string;
  /** What was there when it began. */
  start: string;
  /** What is checked out now. */
  head: string;
  /** What is there now. */
  tree: string;
}

/** The tree without what a set-up left: a path that the worker did not touch has HEAD's version. */
async function withoutLeftovers(
  { before, start, head, tree }: States,
  call: GitCall & { repository: Repository },
): Promise<string> {
  const [setUp, touched, inHead] = await Promise.all([
    changes(before, start, call),
    changes(start, tree, call),
    changes(start, head, call),
  ]);
  const collides = collisionsWith(touched);
  const lines = [...inHead].filter(([path]) =>
    setUp.has(path) && !collides(path)
  ).map(([path, entry]) => `${entry}\t${path}\n`);
  if (lines.length === 0) return tree;
  const what = "Cannot leave out what the set-up made";
  await git(what, ["read-tree", tree], call);
  await git(what, ["update-index", "--index-info"], {
    ...call,
    stdin: lines.join(""),
  });
  return (await git(what, ["write-tree"], call)).trim();
}

/** What differs in the second tree: path as git quotes it → mode and id there. */
async function changes(
  from: string,
  to: string,
  call: GitCall,
): Promise<Map<string, string>> {
  const output = await git("Cannot compare trees", [
    ...["diff-tree", "-r", "--raw", "--no-renames", "--no-abbrev"],
    ...["--ignore-submodules=none", `${from}^{tree}`, `${to}^{tree}`],
  ], call);
  return new Map(
    output.split("\n").filter((line) => line.startsWith(":")).map((line) => {
      const tab = line.indexOf("\t");
      const [, mode = "", , id = ""] = line.slice(0, tab).split(" ");
      return [line.slice(tab + 1), `${mode} ${id}`];
    }),
  );
}

/** Whether a path is among others, inside one of them, or contains one. */
function collisionsWith(
  others: Map<string, string>,
): (path: string) => boolean {
  const names = new Set([...others.keys()].map(unquoted));
  const folders = new Set([...names].flatMap(foldersOf));
  return (path) => {
    const name = unquoted(path);
    return names.has(name) || folders.has(name) ||
      foldersOf(name).some((folder) => names.has(folder));
  };
}

/** `a` and `a/b` of `a/b/c`. */
function foldersOf(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** Removes the quotes around it; git's escapes stay. */
function unquoted(path: string): string {
  return path.startsWith('"') ? path.slice(1, -1) : path;
}
