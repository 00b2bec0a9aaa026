import type { RunId } from "../run/id.ts";
import { type EndedRecord, isEnded, type RunWorktree } from "../run/record.ts";
import { usageError } from "../system/errors.ts";
import type { FleetContext } from "../workspace/context.ts";
import { reconcileRun } from "../lifecycle/reconcile.ts";
import { requireOwnPlace } from "./worktree.ts";
import { type Inspection, inspectWorktree } from "./worktree_inspection.ts";
import { claimWorktreeSoon, type WorktreeClaim } from "./worktree_lock.ts";

/** A run that has ended, with its worktree, which nobody else uses until it is released. */
export interface Target extends Inspection {
  record: EndedRecord & { worktree: RunWorktree };
  claim: WorktreeClaim;
}

/**
 * Claims the worktrees of runs; if several attempts share a worktree, the last
 * one named stands for all. Throws a `usage` error, and claims nothing, if one
 * has no worktree, has not ended, or is in use by another run.
 */
export async function claimTargets(
  context: FleetContext,
  ids: readonly RunId[],
  action: string,
): Promise<Target[] & Disposable> {
  const claimed = new DisposableStack();
  const targets = new Map<string, Target>();
  try {
    for (const id of ids) {
      const refuse = (why: string) =>
        usageError(`Cannot ${action} run "${id}": ${why}`);
      const record = await reconcileRun(context, id);
      if (!hasWorktree(record)) {
        throw refuse(
          `it has no worktree; what it changed is in "${record.cwd}"`,
        );
      }
      if (!isEnded(record)) {
        throw refuse(
          `it is still ${record.status}; wait for it with "agentctl wait ${id}"`,
        );
      }
      await requireOwnPlace(record, record.worktree);
      const { path } = record.worktree;
      const earlier = targets.get(path);
      const claim = earlier?.claim ?? await claimWorktreeSoon(path);
      if (claim === null) {
        throw refuse(
          `a run is using its worktree "${path}", or another command is; see "agentctl list"`,
        );
      }
      if (!earlier) claimed.use(claim);
      const inspection = await inspectWorktree(context, record);
      targets.delete(path);
      targets.set(path, { ...inspection, record, claim });
    }
  } catch (error) {
    claimed.dispose();
    throw error;
  }
  return Object.assign([...targets.values()], {
    [Symbol.dispose]: () => claimed.dispose(),
  });
}

function hasWorktree<Record extends { worktree: RunWorktree | null }>(
  record: Record,
): record is Record & { worktree: RunWorktree } {
  return record.worktree !== null;
}
