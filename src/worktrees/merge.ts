import { join } from "@std/path";
import type { Repository } from "../git/git_call.ts";
import { tellFailedFilters } from "../git/failing_filters.ts";
import {
  fastForward,
  operationInProgress,
  requireMergingGit,
} from "../git/merge.ts";
import type { RunId } from "../run/id.ts";
import { NOTHING_TOLD, type ToldChanges, toldOf } from "../run/told.ts";
import { writeOutcome } from "../run/worktree_outcome.ts";
import { environmentError, messageOf, usageError } from "../system/errors.ts";
import { makeTemporaryFolder } from "../files/temporary_folder.ts";
import type { FleetContext } from "../workspace/context.ts";
import { planMerge, type PlannedMerge } from "./merge_plan.ts";
import { selfRunningOf } from "./self_running_changes.ts";
import { keepContent } from "./worktree_changes.ts";
import { removeBoth } from "./worktree_removal.ts";
import { claimTargets, type Target } from "./worktree_target.ts";

export interface MergeRequest {
  ids: readonly RunId[];
  /** One commit for each run, without the history of its branch. */
  squash: boolean;
  /** Whether to report only what would happen. */
  preview: boolean;
}

/** What becomes of a run, and what is reported about its changes. */
export type MergedRun = PlannedMerge & ToldChanges;

/** What a merge did, or would do. */
export interface MergeOutcome {
  /** The work tree that was merged into, and its branch. */
  repository: string;
  branch: string;
  /** Whether the branch now has the changes. */
  merged: boolean;
  /** The commit of the branch afterwards. */
  commit: string;
  runs: MergedRun[];
  /** What was not removed, in words. */
  left: string[];
  /** What else the user should know, such as a filter that failed. */
  warnings: string[];
}

/**
 * Merges what runs did in their worktrees into the branch that is checked out
 * in the repository, and removes the worktrees. Everything is computed before
 * anything is changed, and if one run conflicts, nothing is. Throws `usage`
 * errors for runs that cannot be merged, and `environment` errors if the
 * repository is not ready, or files of the user are in the way.
 */
export async function mergeRuns(
  context: FleetContext,
  { ids, squash, preview }: MergeRequest,
): Promise<MergeOutcome> {
  const { env } = context.caller;
  using targets = await claimTargets(context, ids, "merge");
  targets.forEach(refuseGone);
  const home = await commonHome(targets);
  // Several can never all be fast-forwards: better said now than after the first.
  if (squash || targets.filter(({ isEmpty }) => !isEmpty).length > 1) {
    await requireMergingGit(home, { env });
  }
  const inputs = targets.map(({ record, commit, isEmpty }) => ({
    record,
    commit: isEmpty ? null : commit,
  }));
  const scratch = preview ? await makeTemporaryFolder(env, "merge") : undefined;
  let plan;
  try {
    if (scratch !== undefined) await Deno.mkdir(join(scratch, "objects"));
    plan = await planMerge(home, home.head, inputs, { squash, env, scratch });
  } finally {
    if (scratch !== undefined) await Deno.remove(scratch, { recursive: true });
  }
  const outcome: MergeOutcome = {
    repository: home.root,
    branch: home.branch,
    merged: false,
    commit: plan.commit,
    runs: await Promise.all(plan.merges.map(async (merge, index) => ({
      ...merge,
      ...merge.result === "nothing" &&
        targets[index]?.state.state === "merged" &&
        { result: "contained" as const },
      ...await toldOfTarget(home, targets[index], env),
    }))),
    left: [],
    warnings: [],
  };
  if (preview || plan.merges.some(({ result }) => result === "conflict")) {
    return outcome;
  }
  // The merge alone must not decide about uncommitted work.
  for (const { content, worktree } of targets) {
    if (content?.isNew) await keepContent(worktree, content, env);
  }
  if (plan.commit !== home.head) await fastForward(home, plan.commit, env);
  outcome.warnings.push(...tellFailedFilters(env));
  for (const [index, target] of targets.entries()) {
    const left = await settle(context, target, plan.merges[index]);
    if (left !== null) outcome.left.push(left);
  }
  return { ...outcome, merged: true };
}

/** What is reported about everything in a branch, including the work of earlier attempts. */
async function toldOfTarget(
  home: Repository & { head: string },
  target: Target | undefined,
  env: Record<string, string>,
): Promise<ToldChanges> {
  if (!target || target.commit === null || target.isEmpty) return NOTHING_TOLD;
  return {
    ...toldOf(target.record),
    self_running: await selfRunningOf(home, home.head, target.commit, { env }),
  };
}

function refuseGone({ record, state, commit, worktree }: Target): void {
  if (state.state === "discarded") {
    throw usageError(
      `Cannot merge run "${record.run_id}": it was discarded; its diff is still in "agentctl diff ${record.run_id}"`,
    );
  }
  if (commit === null && worktree.commit !== null && state.state === "kept") {
    throw environmentError(
      `Cannot merge run "${record.run_id}": branch "${worktree.branch}" and commit ${worktree.commit} are gone from "${worktree.repository}"; "agentctl diff ${record.run_id} | git apply" may help`,
    );
  }
}

/** The one work tree that all runs are merged into, ready for it. */
async function commonHome(
  targets: readonly Target[],
): Promise<Repository & { head: string; branch: string }> {
  const [first] = targets;
  if (!first?.home) {
    throw environmentError(
      `Cannot merge: "${first?.worktree.repository}" is no longer a git work tree`,
    );
  }
  const { home } = first;
  const other = targets.find((target) => target.home?.root !== home.root);
  if (other) {
    throw usageError(
      `Cannot merge runs of "${home.root}" and "${other.worktree.repository}" at once: merge those of one repository`,
    );
  }
  const refuse = (why: string) =>
    environmentError(`Cannot merge into "${home.root}": ${why}`);
  const operation = await operationInProgress(home);
  if (operation !== null) {
    throw refuse(
      `a ${operation} is in progress there; finish or abort it first`,
    );
  }
  if (home.branch === null) {
    throw refuse("HEAD is detached there; check out a branch first");
  }
  if (home.head === null) {
    throw refuse(`branch "${home.branch}" has no commit yet`);
  }
  return { ...home, head: home.head, branch: home.branch };
}

/** Notes what became of a run's worktree and removes it. Returns what is left of it, in words. */
async function settle(
  { workspace, caller: { env } }: FleetContext,
  { record, worktree, commit, foreign, state }: Target,
  merge: PlannedMerge | undefined,
): Promise<string | null> {
  const isNothing = merge?.result === "nothing";
  if (state.state === "kept" || commit !== null && commit !== state.tip) {
    await writeOutcome(workspace, record, {
      state: isNothing ? "unchanged" : "merged",
      at: new Date().toISOString(),
      path: worktree.path,
      tip: commit,
      commit: merge?.commit ?? null,
    });
  }
  if (foreign !== null) {
    return `Worktree "${worktree.path}" stays, because ${foreign}; remove it with "agentctl discard --force ${record.run_id}"`;
  }
  try {
    await removeBoth(worktree, env);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
