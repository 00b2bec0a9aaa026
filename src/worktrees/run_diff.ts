import { namesOf } from "../git/diff_summary.ts";
import type { Repository } from "../git/git_call.ts";
import { startTree } from "../git/kept_changes.ts";
import { findRepository } from "../git/repository.ts";
import { takeSnapshot } from "../git/snapshot.ts";
import { diffTrees } from "../git/tree_diff.ts";
import { commitWithLine, findWorktree } from "../git/worktree.ts";
import { parseRunId } from "../run/id.ts";
import { isEnded, type RunRecord } from "../run/record.ts";
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
  const after = await takeSnapshot(worktree, { scratch, env });
  return { repository: { ...worktree, prefix: "" }, before, after };
}
