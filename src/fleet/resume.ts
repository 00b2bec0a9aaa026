import type { RunId } from "../run/id.ts";
import { type EndedRecord, isEnded } from "../run/record.ts";
import { usageError } from "../system/errors.ts";
import type { FleetContext } from "./context.ts";
import { reconcileRun } from "./reconcile.ts";
import { isTaskAsStarted } from "./voucher.ts";

/** The record of a run that another may continue. Throws a `usage` error that says why it may not be. */
export async function resumableParent(
  context: FleetContext,
  id: RunId,
): Promise<EndedRecord & { thread_id: string }> {
  const record = await reconcileRun(context, id);
  if (!isEnded(record)) {
    throw usageError(
      `Cannot resume run "${id}": it is still ${record.status}; wait for it with "agentctl wait ${id}"`,
    );
  }
  if (record.ephemeral) {
    throw usageError(
      `Cannot resume run "${id}": it was started with --ephemeral, so Codex kept no session; start a new run instead`,
    );
  }
  if (record.thread_id === null) {
    throw usageError(
      `Cannot resume run "${id}": Codex never began a thread (${record.reason}); start a new run instead`,
    );
  }
  if (!await isTaskAsStarted(context, record)) {
    throw usageError(
      `Cannot resume run "${id}": its task is not the one that was started, and workers can write this workspace; start a new run instead`,
    );
  }
  return { ...record, thread_id: record.thread_id };
}
