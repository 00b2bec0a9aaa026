import {
  diffTrees,
  findRepository,
  type Repository,
  takeSnapshot,
} from "../git/mod.ts";
import { messageOf } from "../system/errors.ts";
import type { RunRecord } from "../run/record.ts";
import type { RunFiles } from "../run/store.ts";

/** The state of a run's folder before the worker, to compare with afterwards. */
export interface Baseline {
  /** Whether the folder is in a git work tree; Codex wants to know. */
  inRepository: boolean;
  /** The git folder that all worktrees of the repository share; `null` outside of one. */
  repository: string | null;
  /** The state, of a worktree that belongs to the run: a tree in the repository. */
  tree: string | null;
  /** What stood in the way of a diff, for the record. */
  warning: string | null;
  /** What has changed since; `null` where there is nothing to compare with. Throws if git refuses. */
  diff(): Promise<BaselineDiff | null>;
}

/** What has changed since the baseline. */
export interface BaselineDiff {
  stat: string;
  /** Names before and after, of renamed files too. */
  files: string[];
  /** The state now, where {@linkcode Baseline.tree} is kept. */
  tree: string | null;
}

/**
 * Records the state of a run's folder. A folder without git has no diff, and
 * that is no error. A worker that may only read changes nothing: whatever
 * changes meanwhile is somebody else's.
 */
export async function takeBaseline(
  { cwd, sandbox, worktree }: Pick<RunRecord, "cwd" | "sandbox" | "worktree">,
  files: RunFiles,
  env: Record<string, string>,
): Promise<Baseline> {
  let repository: Repository | null = null;
  try {
    // All of a worktree is the run's, also around its folder.
    repository = await findRepository(worktree?.path ?? cwd, env);
  } catch (error) {
    return noBaseline(true, `No diff: ${messageOf(error)}`);
  }
  if (repository === null) {
    return noBaseline(false, "No diff: the folder is not in a git repository");
  }
  const isOwn = worktree !== null;
  if (sandbox === "read-only" && !isOwn) {
    return {
      inRepository: true,
      repository: repository.common_dir,
      tree: null,
      warning: null,
      diff: () => Promise.resolve({ stat: "", files: [], tree: null }),
    };
  }
  const options = { scratch: files.scratch, env, keepObjects: isOwn };
  let before: string;
  try {
    before = await takeSnapshot(repository, options);
  } catch (error) {
    return noBaseline(true, `No diff: ${messageOf(error)}`);
  }
  const found = repository;
  return {
    inRepository: true,
    repository: found.common_dir,
    tree: isOwn ? before : null,
    warning: null,
    async diff() {
      try {
        const after = await takeSnapshot(found, options);
        const summary = await diffTrees(found, before, after, {
          ...options,
          patchFile: files.diff,
        });
        return {
          stat: summary.stat,
          files: summary.files.flatMap(({ path, old_path }) =>
            old_path === undefined ? [path] : [old_path, path]
          ),
          tree: isOwn ? after : null,
        };
      } finally {
        await Deno.remove(files.scratch, { recursive: true }).catch(() => {});
      }
    },
  };
}

function noBaseline(inRepository: boolean, warning: string): Baseline {
  return {
    inRepository,
    repository: null,
    tree: null,
    warning,
    diff: () => Promise.resolve(null),
  };
}
