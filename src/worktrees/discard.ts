import type { RunId } from "../run/id.ts";
import { writeOutcome } from "../run/worktree_outcome.ts";
import { usageError } from "../system/errors.ts";
import type { FleetContext } from "../workspace/context.ts";
import { removeBoth } from "./worktree_removal.ts";
import { claimTargets } from "./worktree_target.ts";

/** What was discarded. */
export interface Discarded {
  run_id: string;
  /** Work that nothing refers to any more; git keeps it for a while. */
  commit: string | null;
}

/**
 * Removes the worktrees and branches of runs. Throws a `usage` error, and
 * removes nothing, if work in one of them is not merged and `force` is not set.
 */
export async function discardRuns(
  context: FleetContext,
  ids: readonly RunId[],
  force: boolean,
): Promise<Discarded[]> {
  using targets = await claimTargets(context, ids, "discard");
  for (const { record, unmerged } of targets) {
    if (unmerged === null || force) continue;
    throw usageError(
      `Cannot discard run "${record.run_id}": ${unmerged}; merge it with "agentctl merge ${record.run_id}", or give --force`,
    );
  }
  const discarded: Discarded[] = [];
  for (const target of targets) {
    const { record, worktree, state, commit, unmerged } = target;
    // Before, because afterwards nobody could tell.
    if (state.state === "kept") {
      await writeOutcome(context.workspace, record, {
        state: "discarded",
        at: new Date().toISOString(),
        path: worktree.path,
        tip: commit,
        commit: null,
      });
    }
    await removeBoth(worktree, context.caller.env);
    discarded.push({
      run_id: record.run_id,
      commit: unmerged === null ? null : commit,
    });
  }
  return discarded;
}
