import type { Pauses } from "../fleet/pauses.ts";
import { waitingReason } from "../fleet/waiting_reason.ts";
import { nextAttemptId } from "../run/chain.ts";
import { overlapsOf } from "../run/overlap_files.ts";
import { durationOf } from "../run/outcome.ts";
import {
  isEnded,
  isGood,
  type RunOverlap,
  type RunRecord,
} from "../run/record.ts";
import { worktreeState } from "../run/worktree_outcome.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** What is true of a run at this moment: its record, and what only other files tell. */
export interface RunFacts {
  record: RunRecord;
  /** How long it took, or has taken so far, in milliseconds; `null` before its start. */
  durationMs: number | null;
  /** Why it has not started yet; `null` if it does not wait. */
  waiting: string | null;
  /** The runs that changed the same files at the same time, also those that ended later. */
  overlaps: RunOverlap[];
  /** What became of its worktree, and the commit of its work: its own, or that of the merge. */
  worktreeState: { state: string; commit: string | null } | null;
  /** The branch whose work `agentctl merge` can still bring; `null` if there is nothing to merge, or not any more. */
  mergeable: string | null;
  /** Whether `agentctl resume` can go on with the prompt that it left. */
  resumable: boolean;
  /** An earlier agentctl kept it where workers can write: it is shown, and nothing else. */
  isOlder: boolean;
}

/** Gathers what is true of a run. `pauses` are those of the queue, where they are known already. */
export async function runFacts(
  workspace: Workspace,
  record: RunRecord,
  pauses?: Pauses,
): Promise<RunFacts> {
  const [waiting, overlaps, worktree] = await Promise.all([
    waitingReason(workspace, record, pauses),
    overlapsOf(workspace, record),
    worktreeState(workspace, record),
  ]);
  const isLast = isEnded(record) && nextAttemptId(record) === null;
  return {
    record,
    durationMs: durationOf(record),
    waiting,
    overlaps,
    worktreeState: worktree &&
      { state: worktree.state, commit: worktree.commit },
    mergeable: isLast && worktree?.state === "kept" && worktree.commit !== null
      ? record.worktree?.branch ?? null
      : null,
    resumable: isLast && !isGood(record) && record.followup_prompt !== "" &&
      record.thread_id !== null && !record.ephemeral,
    isOlder: false,
  };
}

/** What a record alone tells, of a run that is only shown: whether the rest is true cannot be asked. */
export function olderFacts(record: RunRecord): RunFacts {
  return {
    record,
    durationMs: isEnded(record) ? durationOf(record) : null,
    waiting: null,
    overlaps: isEnded(record) ? record.overlaps : [],
    worktreeState: null,
    mergeable: null,
    resumable: false,
    isOlder: true,
  };
}
