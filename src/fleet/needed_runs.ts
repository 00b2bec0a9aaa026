import { nextAttemptId } from "../run/chain.ts";
import { isRunId, parseRunId } from "../run/id.ts";
import { type EndedRecord, isEnded } from "../run/record.ts";
import { isUnread } from "../run/seen.ts";
import { listRunIds, readRecord } from "../run/store.ts";
import { activeIds, waitingIds } from "../queue/queue_files.ts";
import { instead } from "../system/ignore.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** What runs that have not ended still need: the runs that they come after, and their own chains. */
export async function neededIds(workspace: Workspace): Promise<Set<string>> {
  const live = [...await waitingIds(workspace), ...await activeIds(workspace)];
  const needed = new Set<string>();
  for (const id of live) {
    const record = await readRecord(workspace, id).catch(
      instead(null, "a run whose record cannot be read needs no other"),
    );
    if (record === null || isEnded(record)) continue;
    const { root_run_id, after, after_any_end } = record;
    for (const id of [root_run_id, ...after, ...after_any_end]) {
      needed.add(id);
      // The last attempt says whether a chain has reached its goal.
      const root = isRunId(id)
        ? (await readRecord(workspace, id).catch(
          instead(
            null,
            "a run whose record cannot be read belongs to no chain",
          ),
        ))?.root_run_id
        : undefined;
      if (root !== undefined) needed.add(root);
    }
  }
  return needed;
}

/** The first runs of the chains with a result that nobody has read: whoever is to read it may know only these. */
export async function unreadChains(
  workspace: Workspace,
  seen: ReadonlySet<string>,
  isForgotten: (record: EndedRecord) => Promise<boolean>,
): Promise<Set<string>> {
  const roots = new Set<string>();
  for (const id of await listRunIds(workspace)) {
    if (seen.has(id)) continue;
    const record = await readRecord(workspace, id).catch(
      instead(null, "a run whose record cannot be read has no result"),
    );
    if (
      record !== null && isUnread(record, seen) && !await isForgotten(record)
    ) roots.add(record.root_run_id);
  }
  return roots;
}

/** Whether a run that stays names this one as its next attempt. */
export async function isAwaited(
  workspace: Workspace,
  { run_id, parent_run_id }: EndedRecord,
  removed: ReadonlySet<string>,
): Promise<boolean> {
  if (parent_run_id === null || removed.has(parent_run_id)) return false;
  const parent = await readRecord(workspace, parseRunId(parent_run_id)).catch(
    instead(null, "a run whose record cannot be read has no attempts"),
  );
  return parent !== null && nextAttemptId(parent) === run_id;
}
