import { nextAttemptId } from "../run/chain.ts";
import { isRunId, parseRunId, type RunId } from "../run/id.ts";
import {
  type EndedRecord,
  isEnded,
  type LiveRecord,
  type RunRecord,
} from "../run/record.ts";
import { isUnread } from "../run/seen.ts";
import { listRunIds, readRecord } from "../run/store.ts";
import { instead } from "../system/ignore.ts";
import type { Workspace } from "../workspace/workspace.ts";

/**
 * What must stay, whatever its age: the runs that those come after that have not
 * ended, and the chains of these, and of results that are still to be read, whose
 * reader may know only the first run. `seen` are the runs that have been read.
 */
export async function neededIds(
  workspace: Workspace,
  seen: ReadonlySet<string>,
  isForgotten: (record: EndedRecord) => Promise<boolean>,
): Promise<Set<string>> {
  const needed = new Set<string>();
  for (const id of await listRunIds(workspace)) {
    if (seen.has(id)) continue;
    const record = await readOrNull(workspace, id);
    if (record === null) continue;
    if (isUnread(record, seen)) {
      if (!await isForgotten(record)) needed.add(record.root_run_id);
    } else if (!isEnded(record)) {
      for (const id of await neededBy(workspace, record)) needed.add(id);
    }
  }
  return needed;
}

async function neededBy(
  workspace: Workspace,
  { root_run_id, after, after_any_end }: LiveRecord,
): Promise<string[]> {
  const others = [...after, ...after_any_end];
  // The last attempt says whether a chain has reached its goal.
  const roots = await Promise.all(
    others.filter(isRunId).map((id) => readOrNull(workspace, id)),
  );
  return [
    root_run_id,
    ...others,
    ...roots.flatMap((record) => record?.root_run_id ?? []),
  ];
}

function readOrNull(
  workspace: Workspace,
  id: RunId,
): Promise<RunRecord | null> {
  return readRecord(workspace, id).catch(
    instead(null, "a run whose record cannot be read needs no other"),
  );
}

/** Whether a run that stays names this one as its next attempt. */
export async function isAwaited(
  workspace: Workspace,
  { run_id, parent_run_id }: EndedRecord,
  removed: ReadonlySet<string>,
): Promise<boolean> {
  if (parent_run_id === null || removed.has(parent_run_id)) return false;
  const parent = await readOrNull(workspace, parseRunId(parent_run_id));
  return parent !== null && nextAttemptId(parent) === run_id;
}
