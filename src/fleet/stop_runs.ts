import type { RunId } from "../run/id.ts";
import type { FleetContext } from "../workspace/context.ts";
import { observeRun } from "../lifecycle/reconcile.ts";
import { type StopOutcome, stopRun } from "./stop.ts";

/**
 * Ends runs in parallel and returns what became of each, in their order. Queued
 * runs go first, because the end of another would start them.
 */
export async function stopRuns(
  context: FleetContext,
  ids: readonly RunId[],
  reason: string,
): Promise<StopOutcome[]> {
  const records = await Promise.all(ids.map((id) => observeRun(context, id)));
  const queued = new Set(
    ids.filter((_, index) => records[index]?.status === "queued"),
  );
  const outcomes = new Map<RunId, StopOutcome>();
  for (const isQueued of [true, false]) {
    await Promise.all(
      ids.filter((id) => queued.has(id) === isQueued).map(async (id) => {
        outcomes.set(id, await stopRun(context, id, reason));
      }),
    );
  }
  return ids.flatMap((id) => outcomes.get(id) ?? []);
}
