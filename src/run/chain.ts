import { exists } from "../files/exists.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { isRunId, type RunId } from "./id.ts";
import { isEnded, type RunRecord } from "./record.ts";
import { readRecord, runFiles } from "./store.ts";
import { instead } from "../system/ignore.ts";

/** The attempt that automatically follows a run; `null` if none does, or the run has not ended. */
export function nextAttemptId(record: RunRecord): RunId | null {
  if (!isEnded(record) || record.next_run_id === null) return null;
  return isRunId(record.next_run_id) ? record.next_run_id : null;
}

/** Whether a run has its record: an attempt may still be in the making, or may have been removed. */
export async function hasRecord(
  workspace: Workspace,
  id: RunId,
): Promise<boolean> {
  return await exists(runFiles(workspace, id).record);
}

/**
 * Walks along a chain of attempts, beginning with one of them. `read` returns each,
 * given the one before, and ends the walk with `null`. No attempt is visited
 * twice, whatever a damaged record names as its next.
 */
export async function* followChain<Found extends RunRecord>(
  first: RunId,
  read: (id: RunId, before: Found | null) => Promise<Found | null>,
): AsyncGenerator<Found> {
  const walked = new Set<RunId>();
  let before: Found | null = null;
  for (
    let id: RunId | null = first;
    id !== null && !walked.has(id);
    id = nextAttemptId(before)
  ) {
    walked.add(id);
    const record: Found | null = await read(id, before);
    if (record === null) return;
    yield record;
    before = record;
  }
}

/** The runs that a run continues, nearest first, as far back as they exist and can be read. */
export async function* runsBefore(
  workspace: Workspace,
  { run_id, parent_run_id }: Pick<RunRecord, "run_id" | "parent_run_id">,
): AsyncGenerator<RunRecord> {
  const walked = new Set([run_id]);
  for (let id = parent_run_id; id !== null && isRunId(id) && !walked.has(id);) {
    walked.add(id);
    const record = await readRecord(workspace, id).catch(
      instead(null, "a run whose record cannot be read ends the chain"),
    );
    if (record === null) return;
    yield record;
    id = record.parent_run_id;
  }
}
