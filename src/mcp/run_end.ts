import type { FleetContext } from "../workspace/context.ts";
import { waitForRuns } from "../fleet/wait.ts";
import type { RunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import { runFiles } from "../run/store.ts";
import { ignored } from "../system/ignore.ts";

const waits = new Map<string, Promise<EndedRecord>>();

/**
 * Resolves when the run and all attempts after it have ended. However many calls
 * are waiting for a run, or have given up, this process watches it only once,
 * because waiting for the run's lock cannot be cut short.
 */
export function runEnd(
  context: FleetContext,
  id: RunId,
): Promise<EndedRecord> {
  const { folder } = runFiles(context.workspace, id);
  const known = waits.get(folder);
  if (known) return known;
  const wait = waitForOne(context, id).finally(() => waits.delete(folder));
  waits.set(folder, wait);
  // The caller may be gone by now.
  wait.catch(ignored("the caller may have gone; whoever awaits it is told"));
  return wait;
}

async function waitForOne(
  context: FleetContext,
  id: RunId,
): Promise<EndedRecord> {
  const [record] = await waitForRuns(context, [id], { follow: true });
  if (!record) throw new Error(`The wait for run ${id} brought no record`);
  return record;
}
