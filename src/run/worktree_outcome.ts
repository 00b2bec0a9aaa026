import * as z from "zod/mini";
import { MAX_BYTES } from "../files/bounded_read.ts";
import { once } from "../system/once.ts";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { readJson } from "../files/read_json.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { hasRecord, nextAttemptId, runsBefore } from "./chain.ts";
import { AbsolutePath, ObjectName } from "./checked_words.ts";
import { parseRunId } from "./id.ts";
import { isEnded, type RunRecord } from "./record.ts";
import { runFiles } from "./store.ts";

const outcomes = once(() =>
  z.array(z.object({
    /** `unchanged`: it held no changes, so it was removed at the end of the run. */
    state: z.enum(["merged", "discarded", "unchanged"]),
    at: z.iso.datetime({ offset: true }),
    /** The worktree, which all runs of a chain share. */
    path: AbsolutePath,
    /** The last commit of the branch. */
    tip: z.nullable(ObjectName),
    /** The commit that a merge made. */
    commit: z.nullable(ObjectName),
  }))
);

/** What became of a run's worktree afterwards; kept beside the final record, which is never rewritten. */
export type WorktreeOutcome = z.infer<ReturnType<typeof outcomes>>[number];

/** Like {@linkcode WorktreeOutcome}, or `kept`: it still exists, or its work is still unmerged. */
export interface WorktreeState {
  state: WorktreeOutcome["state"] | "kept";
  commit: string | null;
  /** The commit of the branch when that happened. */
  tip: string | null;
}

/**
 * Notes what became of a run's worktree, for this run and for all attempts before
 * it. The caller must have claimed the worktree.
 */
export async function writeOutcome(
  workspace: Workspace,
  record: RunRecord,
  outcome: WorktreeOutcome,
): Promise<void> {
  // The root's first: it counts for all of them.
  const ids = new Set([record.root_run_id, record.run_id]);
  for await (const { run_id } of runsBefore(workspace, record)) ids.add(run_id);
  for (const id of ids) {
    const { worktree } = runFiles(workspace, parseRunId(id));
    // An earlier attempt may have been removed.
    if (
      id !== record.run_id && !await hasRecord(workspace, parseRunId(id))
    ) continue;
    await writeJsonAtomic(worktree, [...await readOutcomes(worktree), outcome]);
  }
}

/** What became of a run's worktree; `null` for a run without one, or one that has not ended. */
export async function worktreeState(
  workspace: Workspace,
  record: RunRecord,
): Promise<WorktreeState | null> {
  if (record.worktree === null || !isEnded(record)) return null;
  const { path } = record.worktree;
  for (const id of new Set([record.run_id, record.root_run_id])) {
    const outcomes = await readOutcomes(
      runFiles(workspace, parseRunId(id)).worktree,
    );
    // Anything from before the run's end belongs to an earlier attempt.
    const outcome = outcomes.find((outcome) =>
      outcome.path === path &&
      Date.parse(outcome.at) >= Date.parse(record.ended_at)
    );
    if (outcome) return outcome;
  }
  const { commit } = record.worktree;
  return { state: "kept", commit, tip: commit };
}

/** The branch that can still be merged, given what became of the worktree; `null` if there is nothing to merge, or no longer. */
export function mergeableBranch(
  record: RunRecord,
  worktree: Pick<WorktreeState, "state" | "commit"> | null,
): string | null {
  return worktree?.state === "kept" && worktree.commit !== null &&
      isEnded(record) && nextAttemptId(record) === null
    ? record.worktree?.branch ?? null
    : null;
}

/** Without these, git itself knows what is merged. */
async function readOutcomes(path: string): Promise<WorktreeOutcome[]> {
  const bounds = { maxBytes: MAX_BYTES.settings };
  return await readJson(path, outcomes, bounds) ?? [];
}
