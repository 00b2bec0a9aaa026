import { dirname, isAbsolute, join } from "@std/path";
import { readGrants } from "../codex/grants.ts";
import { exists } from "../files/exists.ts";
import { namesOf } from "../git/diff_summary.ts";
import { comparableTree } from "../git/comparable_tree.ts";
import type { Repository } from "../git/git_call.ts";
import { type RecordedState, startAside } from "../git/kept_changes.ts";
import {
  BESIDE_LIMITS,
  changedAside,
  describeAside,
  findSetAside,
  type FoundAside,
  WORK_LIMITS,
} from "../git/set_aside.ts";
import { readExclude } from "../git/hidden_files.ts";
import { refusedDrivers } from "../git/obedience.ts";
import { findRepository } from "../git/repository.ts";
import { takeSnapshot } from "../git/snapshot.ts";
import { diffTrees } from "../git/tree_diff.ts";
import { messageOf } from "../system/errors.ts";
import { realPathSoFar } from "../system/real_path.ts";
import {
  noteWorkerFolders,
  type WorkerFolder,
} from "../system/worker_reach.ts";
import type { RunRecord } from "../run/record.ts";
import type { RunFiles } from "../run/store.ts";
import { NOTHING_TOLD, type ToldChanges } from "../run/told.ts";
import { tellChanges } from "./told_changes.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { firstOf } from "../text/wording.ts";

/** The state of a run's folder before the worker, to compare with afterwards. */
export interface Baseline {
  /** Whether the folder is in a git work tree; Codex wants to know. */
  inRepository: boolean;
  /** The work tree that may change; `null` if the worker changes nothing in one that git knows. */
  workTree: Repository | null;
  /** The git folder that all worktrees of the repository share; `null` outside a repository. */
  repository: string | null;
  /** The state, in the repository, for a worktree that belongs to the run. */
  state: RecordedState | null;
  /** What prevented a diff, or a filter, for the record. */
  warning: string | null;
  /** What has changed since; `null` if there is nothing to compare with. Throws if git refuses. */
  diff(): Promise<BaselineDiff | null>;
}

/** What has changed since the baseline. */
export interface BaselineDiff {
  stat: string;
  /** The names of changed files; for renamed files, both names. */
  files: string[];
  /** The state now, if {@linkcode Baseline.state} is kept. */
  state: RecordedState | null;
  /** What else is reported. */
  told: ToldChanges;
  warnings: string[];
}

/** What the baseline of a run depends on. */
export interface BaselineTask
  extends Pick<RunRecord, "cwd" | "profile" | "sandbox" | "worktree"> {
  /** Whether Codex's sandbox keeps `.git` read-only. */
  keepsGit: boolean;
}

/**
 * Records the state of a run's folder, and notes in the home folder where the
 * worker will be able to write. A folder without git has no diff, which is not
 * an error. A worker that may only read changes nothing: anything that changes
 * while it runs is somebody else's doing.
 */
export async function takeBaseline(
  task: BaselineTask,
  files: RunFiles,
  env: Record<string, string>,
): Promise<Baseline> {
  const { cwd, sandbox, worktree } = task;
  let repository: Repository | null = null;
  let trouble: string | null = null;
  try {
    // The whole worktree belongs to the run, even outside its folder.
    repository = await findRepository(worktree?.path ?? cwd, env);
  } catch (error) {
    trouble = messageOf(error);
  }
  await noteWhereItWrites(task, repository, env);
  if (trouble !== null) return noBaseline(true, `No diff: ${trouble}`);
  if (repository === null) {
    return noBaseline(false, "No diff: the folder is not in a git repository");
  }
  const isOwn = worktree !== null;
  if (sandbox === "read-only" && !isOwn) {
    return {
      inRepository: true,
      workTree: null,
      repository: repository.common_dir,
      state: null,
      warning: null,
      diff: () =>
        Promise.resolve({
          stat: "",
          files: [],
          state: null,
          told: NOTHING_TOLD,
          warnings: [],
        }),
    };
  }
  const options = { scratch: files.scratch, env, keepObjects: isOwn };
  let before: string;
  let aside: FoundAside;
  let refused: string[];
  let exclude: string;
  try {
    exclude = await readExclude(repository);
    aside = await findSetAside(repository, {
      env,
      limits: BESIDE_LIMITS,
      // What an earlier attempt left out stays so.
      ...isOwn && { before: await startAside(repository, env) },
    });
    before = await takeSnapshot(repository, { ...options, aside });
    refused = await refusedDrivers(repository, env);
  } catch (error) {
    return noBaseline(true, `No diff: ${messageOf(error)}`);
  }
  const found = repository;
  const since = Date.now();
  return {
    inRepository: true,
    workTree: found,
    repository: found.common_dir,
    state: isOwn ? { tree: before, aside } : null,
    warning: [tellRefused(refused), describeAside(aside)]
      .filter((text) => text !== null).join("; ") || null,
    async diff() {
      try {
        const asideAfter = await findSetAside(found, {
          env,
          limits: isOwn ? WORK_LIMITS : BESIDE_LIMITS,
          before: aside,
          keepFiles: !isOwn,
        });
        const after = await takeSnapshot(found, {
          ...options,
          aside: asideAfter,
        });
        const comparable = await comparableTree(found, {
          before,
          after,
          asideBefore: aside,
          asideAfter,
        }, options);
        const summary = await diffTrees(found, comparable, after, {
          ...options,
          patchFile: files.diff,
        });
        const unread = changedAside(found, aside, asideAfter, since);
        const inDiff = namesOf(summary);
        const leftOut = unread.filter((path) => !inDiff.includes(path));
        const changed = [...inDiff, ...leftOut];
        const { told, warnings } = await tellChanges({
          ...options,
          repository: found,
          before,
          after,
          files: changed,
          since,
          exclude,
          unconfined: sandbox === "danger-full-access",
          except: asideAfter.folders,
          leftOut,
        }).catch((error) => ({
          told: NOTHING_TOLD,
          warnings: [`Only the diff tells what changed: ${messageOf(error)}`],
        }));
        return {
          stat: summary.stat,
          files: changed,
          state: isOwn ? { tree: after, aside: asideAfter } : null,
          told,
          warnings: [...warnings, describeAside(asideAfter, aside)]
            .filter((text) => text !== null),
        };
      } finally {
        await removeQuietly(files.scratch, { recursive: true });
      }
    },
  };
}

/** From now on git must not obey anything that the worker will be able to write. */
async function noteWhereItWrites(
  task: BaselineTask,
  repository: Repository | null,
  env: Record<string, string>,
): Promise<void> {
  const { cwd, profile, sandbox, worktree } = task;
  if (sandbox === "read-only") return;
  const real = await Deno.realPath(cwd);
  const { writable_roots } = await readGrants(env, profile);
  const others = [...writable_roots, env["TMPDIR"] ?? ""].filter((path) =>
    isAbsolute(path)
  );
  await noteWorkerFolders(env, [
    worktree === null
      ? await whatIsWritten(real, task, repository)
      // One note for all worktrees of a repository.
      : { folder: dirname(await Deno.realPath(worktree.path)), kept: [] },
    ...await Promise.all(
      others.map(async (path) =>
        await whatIsWritten(await realPathSoFar(path), task, null)
      ),
    ),
  ]);
}

/** In a writable folder, Codex keeps `.git` and `.codex` at the top read-only, and the git folder to which `.git` leads. */
async function whatIsWritten(
  folder: string,
  { sandbox, keepsGit }: BaselineTask,
  repository: Repository | null,
): Promise<WorkerFolder> {
  if (sandbox !== "workspace-write" || !keepsGit) return { folder, kept: [] };
  const git = join(folder, ".git");
  const isThere = await exists(git);
  const leadsTo = repository?.root === folder ? [repository.git_dir] : [];
  return {
    folder,
    kept: [
      ...new Set([...isThere ? [git, ...leadsTo] : [], join(folder, ".codex")]),
    ],
  };
}

/** How many drivers that do not run are named. */
const MOST_TOLD = 3;

function tellRefused(refused: string[]): string | null {
  if (refused.length === 0) return null;
  return `git works without ${
    firstOf(refused, MOST_TOLD)
  }; to make it run, set it in ~/.gitconfig with a program outside the folders of runs`;
}

function noBaseline(inRepository: boolean, warning: string): Baseline {
  return {
    inRepository,
    workTree: null,
    repository: null,
    state: null,
    warning,
    diff: () => Promise.resolve(null),
  };
}
