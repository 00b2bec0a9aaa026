import type { RunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import { isUnread, seenIds } from "../run/seen.ts";
import { newestFirst } from "../run/store.ts";
import type { FleetContext } from "../workspace/context.ts";
import { readRuns } from "./read_runs.ts";

/**
 * The ended runs whose results nobody has acknowledged, oldest first.
 * `onDamaged` is called for records that cannot be read.
 */
export async function unseenRuns(
  context: FleetContext,
  onDamaged: (id: RunId, error: unknown) => void,
): Promise<EndedRecord[]> {
  const seen = await seenIds(context.workspace);
  const ids = (await newestFirst(context.workspace)).filter((id) =>
    !seen.has(id)
  );
  return await readRuns(
    context,
    ids.reverse(),
    (record) => isUnread(record, seen) ? record : null,
    { onDamaged },
  );
}
