import { isRunId, type RunId } from "../run/id.ts";
import { currentAttempt } from "./chain.ts";
import type { FleetContext } from "../workspace/context.ts";
import { accountHold } from "../queue/account_hold.ts";
import { readiness } from "../queue/dependencies.ts";
import { pauseOf, type Pauses, readPauses } from "../queue/pauses.ts";

/**
 * Whether all of these runs wait for the user rather than for a running run:
 * each is held, its profile is paused, its account is used up to the ceiling, or it
 * comes after such a run. For a chain, the current attempt counts. Throws like `readRecord`.
 */
export async function areStalled(
  context: FleetContext,
  ids: readonly RunId[],
): Promise<boolean> {
  const pauses = await readPauses(context.workspace);
  for (const id of ids) {
    if (!await isStalled(context, id, pauses)) return false;
  }
  return true;
}

async function isStalled(
  context: FleetContext,
  id: RunId,
  pauses: Pauses,
): Promise<boolean> {
  const record = await currentAttempt(context, id);
  if (record.status !== "queued") return false;
  if (record.held) return true;
  const ready = await readiness(context.workspace, record);
  if (ready.state === "waiting") {
    // One stalled run is enough, because this run needs all of them to end.
    for (const other of ready.runs) {
      if (isRunId(other) && await isStalled(context, other, pauses)) {
        return true;
      }
    }
    return false;
  }
  if (ready.state !== "ready") return false;
  const now = Date.now();
  return pauseOf(pauses, record.profile, now) !== null ||
    await accountHold(context.workspace, record, now) !== null;
}
