import type { RunId } from "../run/id.ts";
import type { RunRecord } from "../run/record.ts";
import { isElsewhere } from "../run/run_host.ts";
import { readRecord, runFiles, writeRecord } from "../run/store.ts";
import { usageError } from "../system/errors.ts";
import { acquireLock } from "../files/lock.ts";
import type { FleetContext } from "../workspace/context.ts";
import { pumpQuietly } from "../lifecycle/pump_quietly.ts";

/** Releases a run that is held, and returns its record. Throws a `usage` error for a run that is not held. */
export async function releaseRun(
  context: FleetContext,
  id: RunId,
): Promise<RunRecord> {
  const { workspace } = context;
  {
    using _lock = await acquireLock(runFiles(workspace, id).lock);
    const record = await readRecord(workspace, id);
    if (record.status !== "queued" || !record.held) {
      throw usageError(
        `Cannot release run "${id}": it is ${record.status}, not held`,
      );
    }
    if (await isElsewhere(record)) {
      throw usageError(
        `Cannot release run "${id}": only ${record.host?.name}, where it was made, can start it; release it there`,
      );
    }
    await writeRecord(workspace, { ...record, held: false });
  }
  await pumpQuietly(context);
  return await readRecord(workspace, id);
}
