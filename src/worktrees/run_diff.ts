import { dirname, join } from "@std/path";
import { git } from "../git/git_command.ts";
import { patchOfFiles } from "../git/patch_of_files.ts";
import { readBounded } from "../files/bounded_read.ts";
import { namesOf } from "../git/diff_summary.ts";
import { comparableTree } from "../git/comparable_tree.ts";
import type { Repository } from "../git/git_call.ts";
import { startAside, startTree } from "../git/kept_changes.ts";
import { findRepository } from "../git/repository.ts";
import { findSetAside, WORK_LIMITS } from "../git/set_aside.ts";
import { takeSnapshot } from "../git/snapshot.ts";
import { diffTrees } from "../git/tree_diff.ts";
import { commitWithLine, findWorktree } from "../git/worktree.ts";
import { parseRunId } from "../run/id.ts";
import { type EndedRecord, isEnded, type RunRecord } from "../run/record.ts";
import { runFiles } from "../run/store.ts";
import { NOTHING_TOLD, type ToldChanges, toldOf } from "../run/told.ts";
import { notFoundError, usageError } from "../system/errors.ts";
import { makeTemporaryFolder } from "../files/temporary_folder.ts";
import { harmlessLine } from "../text/others_words.ts";
import { refuseLink } from "../files/refuse_link.ts";
import type { FleetContext } from "../workspace/context.ts";
import { selfRunningIn } from "./self_running_changes.ts";
import { RUN_TRAILER } from "./worktree_changes.ts";
import { instead } from "../system/ignore.ts";

/** What a run has changed, so far or in the end. */
export interface RunDiff extends AsyncDisposable {
  /** The patch for `git apply`; `null` if nothing was changed. */
  patchFile: string | null;
  stat: string;
  /** What else is reported about the change. */
  told: ToldChanges;
  /** What changed in the folder meanwhile and is not known to be the run's. */
  others: string[];
}

/**
 * The diff of a run as its supervisor took it or, for a run in a worktree that
 * has not ended or was lost, the current diff of the worktree. Changes neither
 * the run nor the repository. Throws a `usage` or `not_found` error if there is
 * none.
 */
export async function diffOfRun(
  context: FleetContext,
  record: RunRecord,
): Promise<RunDiff> {
  const files = runFiles(context.workspace, parseRunId(record.run_id));
  if (isEnded(record) && record.git_diff_stat !== null) {
    await refuseLink(files.diff);
    return {
      patchFile: record.git_diff_stat === "" ? null : files.diff,
      stat: record.git_diff_stat,
      told: toldOf(record),
      others: othersOf(record),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const live = await diffOfWorktree(context, record);
  if (live) return live;
  const what = `Cannot show the diff of run "${record.run_id}"`;
  if (!isEnded(record)) {
    throw usageError(
      `${what}: it is ${record.status}, and the diff is taken when it ends; wait for it with "agentctl wait ${record.run_id}"`,
    );
  }
  const reason = record.warnings.find((text) => text.startsWith("No diff: "))
    ?.slice("No diff: ".length) ?? record.reason;
  throw notFoundError(`${what}: it has none: ${harmlessLine(reason)}`);
}

function othersOf({ files_changed, own_files }: EndedRecord): string[] {
  const own = new Set(own_files ?? files_changed);
  return files_changed.filter((path) => !own.has(path));
}

/**
 * The same, limited to the files that the run changed itself. Throws a `usage` error
 * if that is unknown.
 */
export async function ownDiffOfRun(
  context: FleetContext,
  record: RunRecord,
): Promise<RunDiff> {
  const whole = await diffOfRun(context, record);
  // All of a worktree is the run's.
  if (!isEnded(record) || record.worktree !== null) return whole;
  await using _whole = whole;
  const { own_files } = record;
  if (own_files === null) {
    throw usageError(
      `Cannot tell which files run "${record.run_id}" changed itself: it ended before that was recorded; omit --own`,
    );
  }
  const { env } = context.caller;
  const folder = await makeTemporaryFolder(env, "diff");
  const dispose = () => Deno.remove(folder, { recursive: true });
  try {
    const patchFile = join(folder, "own.patch");
    const patch = whole.patchFile === null
      ? new Uint8Array()
      : await readBounded(whole.patchFile, MAX_PATCH);
    const parts = patchOfFiles(patch, own_files);
    await Deno.writeFile(patchFile, new Blob(parts).stream(), { mode: 0o600 });
    const own = new Set(own_files);
    const mine = (paths: string[]) => paths.filter((path) => own.has(path));
    const { self_running, hidden_files, left_out } = whole.told;
    return {
      patchFile: parts.length === 0 ? null : patchFile,
      stat: parts.length === 0 ? "" : await statOf(patchFile, env),
      told: {
        ...NOTHING_TOLD,
        self_running: mine(self_running),
        hidden_files: mine(hidden_files),
        left_out: mine(left_out),
      },
      others: [],
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** What is read as a whole must fit into memory. */
const MAX_PATCH = { maxBytes: 256 << 20 };

/** What git says about the size of a patch. */
async function statOf(
  patchFile: string,
  env: Record<string, string>,
): Promise<string> {
  const cwd = dirname(patchFile);
  const call = { env, cwd, ceiling: dirname(cwd) };
  return await git(
    "Cannot read the diff",
    ["apply", "--stat", patchFile],
    call,
  );
}

/** Compares a worktree with its state before the worker; `null` if that is unknown. */
async function diffOfWorktree(
  { caller }: FleetContext,
  record: RunRecord,
): Promise<RunDiff | null> {
  if (record.worktree === null) return null;
  const { env } = caller;
  const scratch = await makeTemporaryFolder(env, "diff");
  const dispose = () => Deno.remove(scratch, { recursive: true });
  try {
    const states = await statesOf(record, scratch, env);
    if (states === null) {
      await dispose();
      return null;
    }
    const { repository, before, after } = states;
    const patchFile = `${scratch}/diff.patch`;
    const summary = await diffTrees(repository, before, after, {
      scratch,
      patchFile,
      env,
    });
    const { stat } = summary;
    const files = namesOf(summary);
    const self_running = await selfRunningIn(
      repository,
      { before, after, files },
      { scratch, env },
    );
    return {
      patchFile: stat === "" ? null : patchFile,
      stat,
      told: { ...NOTHING_TOLD, self_running },
      others: [],
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function statesOf(
  record: RunRecord,
  scratch: string,
  env: Record<string, string>,
): Promise<{ repository: Repository; before: string; after: string } | null> {
  const { repository: root, path, branch } = record.worktree ?? {};
  if (root === undefined || path === undefined) return null;
  const home = await findRepository(root, env).catch(
    instead(null, "a repository that git refuses counts as missing"),
  );
  if (home === null) return null;
  if (isEnded(record)) {
    // A later attempt, or a merge, may have committed what a lost run left.
    const line = `${RUN_TRAILER}: ${record.run_id}`;
    const commit = await commitWithLine(
      home,
      `refs/heads/${branch}`,
      line,
      env,
    );
    if (commit) {
      await Deno.mkdir(`${scratch}/objects`);
      return { repository: home, before: `${commit}^`, after: commit };
    }
  }
  const worktree = await findWorktree(home, path, env);
  const before = worktree && await startTree(worktree, env);
  if (!worktree || !before) return null;
  const asideBefore = await startAside(worktree, env);
  const asideAfter = await findSetAside(worktree, {
    env,
    limits: WORK_LIMITS,
    before: asideBefore,
  });
  const options = { scratch, env };
  const after = await takeSnapshot(worktree, { ...options, aside: asideAfter });
  const states = { before, after, asideBefore, asideAfter };
  return {
    repository: { ...worktree, prefix: "" },
    before: await comparableTree(worktree, states, options),
    after,
  };
}
