import type { RunId } from "../run/id.ts";
import type { RunRecord } from "../run/record.ts";
import { isElsewhere } from "../run/run_host.ts";
import { readRecord, runFiles, writeRecord } from "../run/store.ts";
import { usageError } from "../system/errors.ts";
import { acquireLock } from "../files/lock.ts";
import type { FleetContext } from "../workspace/context.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { pumpQuietly } from "../lifecycle/pump_quietly.ts";
import { accountHold } from "../queue/account_hold.ts";
import { holdWords } from "../queue/account_words.ts";

/**
 * Releases a run that is held, or else one that waits for its account, and returns its
 * record. A run for which both are true then waits for its account. Throws a `usage`
 * error for any other run.
 */
export async function releaseRun(
  context: FleetContext,
  id: RunId,
): Promise<RunRecord> {
  const { workspace } = context;
  {
    using _lock = await acquireLock(runFiles(workspace, id).lock);
    const record = await readRecord(workspace, id);
    if (!await isHeld(workspace, record)) {
      throw usageError(
        `Cannot release run "${id}": it is ${record.status}, not held`,
      );
    }
    if (await isElsewhere(record)) {
      throw usageError(
        `Cannot release run "${id}": only ${record.host?.name}, where it was made, can start it; release it there`,
      );
    }
    await writeRecord(workspace, {
      ...record,
      held: false,
      over_ceiling: record.over_ceiling || !record.held,
    });
  }
  await pumpQuietly(context);
  return await readRecord(workspace, id);
}

/** Whether a run waits until it is released, or its account is less used. */
export async function isHeld(
  workspace: Workspace,
  record: RunRecord,
): Promise<boolean> {
  return record.status === "queued" &&
    (record.held ||
      await accountHold(workspace, record, Date.now()) !== null);
}

/** What to say about a run that was released. */
export async function releasedWords(
  { workspace }: FleetContext,
  record: RunRecord,
): Promise<string> {
  const now = Date.now();
  const hold = await accountHold(workspace, record, now);
  const words = `Run ${record.run_id} is released`;
  return hold === null
    ? words
    : `${words}, but its ${
      holdWords(hold, now)
    }; release it again to start it anyway`;
}
