import type { Pauses } from "../queue/pauses.ts";
import { waitingReason } from "../queue/waiting_reason.ts";
import { nextAttemptId } from "../run/chain.ts";
import { overlapsOf } from "../run/overlap_files.ts";
import { durationOf } from "../run/outcome.ts";
import {
  isEnded,
  isGood,
  type RunOverlap,
  type RunRecord,
} from "../run/record.ts";
import { parseRunId } from "../run/id.ts";
import { wordsOfHost } from "../run/run_host.ts";
import { runFiles } from "../run/store.ts";
import { mergeableBranch, worktreeState } from "../run/worktree_outcome.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** What is true of a run at this moment: its record, and what only other files say. */
export interface RunFacts {
  record: RunRecord;
  /** How long it took, or has taken so far, in milliseconds; `null` before its start. */
  durationMs: number | null;
  /** Which other machine it is on, and when that was last heard of; `null` if it has ended, or is on this one. */
  elsewhere: string | null;
  /** Why it has not started yet; `null` if it is not waiting. */
  waiting: string | null;
  /** The runs that changed the same files at the same time, including those that ended later. */
  overlaps: RunOverlap[];
  /** What became of its worktree, and the commit that holds its work: its own, or that of the merge. */
  worktreeState: { state: string; commit: string | null } | null;
  /** The branch that `agentctl merge` can still merge; `null` if there is nothing to merge, or no longer. */
  mergeable: string | null;
  /** Whether `agentctl resume` can continue with the prompt that it left. */
  resumable: boolean;
  /** Whether an earlier agentctl kept it where workers can write, so that it is only shown. */
  isOlder: boolean;
}

/** Gathers what is true of a run. `pauses` are those of the queue, if they are already known. */
export async function runFacts(
  workspace: Workspace,
  record: RunRecord,
  pauses?: Pauses,
): Promise<RunFacts> {
  const files = runFiles(workspace, parseRunId(record.run_id));
  const [elsewhere, waiting, overlaps, worktree] = await Promise.all([
    record.status === "queued" ? null : wordsOfHost(record, files),
    waitingReason(workspace, record, pauses),
    overlapsOf(workspace, record),
    worktreeState(workspace, record),
  ]);
  const isLast = isEnded(record) && nextAttemptId(record) === null;
  return {
    record,
    durationMs: durationOf(record),
    elsewhere,
    waiting,
    overlaps,
    worktreeState: worktree &&
      { state: worktree.state, commit: worktree.commit },
    mergeable: mergeableBranch(record, worktree),
    resumable: isLast && !isGood(record) && record.followup_prompt !== "" &&
      record.thread_id !== null && !record.ephemeral,
    isOlder: false,
  };
}

/** What a record alone says, for a run that is only shown: the rest cannot be verified. */
export function olderFacts(record: RunRecord): RunFacts {
  return {
    record,
    durationMs: isEnded(record) ? durationOf(record) : null,
    elsewhere: null,
    waiting: null,
    overlaps: isEnded(record) ? record.overlaps : [],
    worktreeState: null,
    mergeable: null,
    resumable: false,
    isOlder: true,
  };
}
