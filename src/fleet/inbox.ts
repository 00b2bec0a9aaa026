import type { RunId } from "../run/id.ts";
import { type EndedRecord, isEnded } from "../run/record.ts";
import { seenIds } from "../run/seen.ts";
import { newestFirst } from "../run/store.ts";
import type { FleetContext } from "./context.ts";
import { observeRun } from "./reconcile.ts";

/**
 * The ended runs whose results nobody has acknowledged, oldest first.
 * `onDamaged` is told of records that cannot be read.
 */
export async function unseenRuns(
  context: FleetContext,
  onDamaged: (id: RunId, error: unknown) => void,
): Promise<EndedRecord[]> {
  const seen = await seenIds(context.workspace);
  const ids = (await newestFirst(context.workspace)).filter((id) =>
    !seen.has(id)
  );
  const unseen: EndedRecord[] = [];
  for (const id of ids.reverse()) {
    try {
      const record = await observeRun(context, id);
      // An attempt with another after it is no result yet.
      if (isEnded(record) && record.next_run_id === null) unseen.push(record);
    } catch (error) {
      onDamaged(id, error);
    }
  }
  return unseen;
}
