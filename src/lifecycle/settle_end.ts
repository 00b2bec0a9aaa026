import type { RunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import type { FleetContext } from "../workspace/context.ts";
import { makeAttempt } from "./make_attempt.ts";
import { tellEverybody } from "./notices.ts";
import { noteLimit } from "../queue/pauses.ts";
import { leaveQueue } from "../queue/queue_files.ts";
import { ignored } from "../system/ignore.ts";

/**
 * What follows the end of a run, once it is written: an account limit pauses
 * the profile, the next attempt of the chain is made, the slot is freed, and
 * notifications are sent if the chain is over. `env` is what the next attempt's
 * worker gets. Throws nothing, because the end is already written.
 */
export async function settleEnd(
  context: FleetContext,
  record: EndedRecord,
  env?: Record<string, string>,
): Promise<void> {
  const { workspace } = context;
  // Before the slot is freed, so that no run starts only to hit the limit.
  await noteLimit(workspace, record).catch(ignored("no profile is paused"));
  if (record.next_run_id !== null) {
    // A process that waits for the chain makes it if it is missing.
    await makeAttempt(context, record, env).catch(
      ignored("whoever waits for the chain makes the attempt"),
    );
  }
  await leaveQueue(workspace, record.run_id as RunId);
  if (record.next_run_id === null) {
    await tellEverybody(context, record);
  }
}
