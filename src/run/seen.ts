import { join } from "@std/path";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import { parseRunId, type RunId } from "./id.ts";
import { makeMark, markedIds } from "./marks.ts";
import { type EndedRecord, isEnded, type RunRecord } from "./record.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { ignored } from "../system/ignore.ts";

/**
 * Notes that the result of a run has reached somebody. Each run has a file of its
 * own, because the final record is never rewritten, and so that simultaneous
 * acknowledgements cannot undo one another.
 */
export async function markSeen(workspace: Workspace, id: RunId): Promise<void> {
  await makeMark(workspacePaths.seen(workspace), id);
}

/** The same for several. If nothing can be written, they just stay in the inbox. */
export async function markAllSeen(
  workspace: Workspace,
  records: readonly EndedRecord[],
): Promise<void> {
  for (const { run_id } of records) {
    await markSeen(workspace, parseRunId(run_id)).catch(
      ignored("the run stays in the inbox"),
    );
  }
}

/** Whether the result of a run is waiting to be read; an attempt that is followed by another has no result yet. */
export function isUnread(
  record: RunRecord,
  seen: ReadonlySet<string>,
): record is EndedRecord {
  return isEnded(record) && record.next_run_id === null &&
    !seen.has(record.run_id);
}

/** The runs whose results have reached somebody. */
export async function seenIds(workspace: Workspace): Promise<Set<string>> {
  return new Set(await markedIds(workspacePaths.seen(workspace)));
}

/**
 * Notes that a wait has printed the result of a run to the end, although the
 * reader may not have read it yet.
 */
export async function markDelivered(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  await makeMark(workspacePaths.delivered(workspace), id);
}

/** The runs whose results a wait has printed without acknowledging them. */
export async function deliveredIds(
  workspace: Workspace,
): Promise<Set<string>> {
  return new Set(await markedIds(workspacePaths.delivered(workspace)));
}

/** Forgets that a run was seen or delivered; for runs that are removed. */
export async function forgetSeen(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  const { seen, delivered } = workspacePaths;
  for (const folder of [seen(workspace), delivered(workspace)]) {
    await removeQuietly(join(folder, id));
  }
}
