import type { RunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import type { FleetContext } from "./context.ts";
import { makeAttempt } from "./make_attempt.ts";
import { tellEverybody } from "./notices.ts";
import { noteLimit } from "./pauses.ts";
import { leaveQueue } from "./queue_files.ts";

/**
 * What follows the end of a run, once it is written: a limit of the account
 * pauses the profile, the next attempt of the chain is made, the slot is free,
 * and everybody is told, unless this was not the chain's last word. `env` is
 * what the next attempt's worker gets. Throws nothing: the end stands already.
 */
export async function settleEnd(
  context: FleetContext,
  record: EndedRecord,
  env?: Record<string, string>,
): Promise<void> {
  const { workspace } = context;
  // Before the slot is free, so that nobody starts into a limit.
  await noteLimit(workspace, record).catch(() => {});
  if (record.next_run_id !== null) {
    // Who waits for the chain makes it if it is missing.
    await makeAttempt(context, record, env).catch(() => {});
  }
  await leaveQueue(workspace, record.run_id as RunId);
  if (record.next_run_id === null) {
    await tellEverybody(context, record);
  }
}
