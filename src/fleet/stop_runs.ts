import type { RunId } from "../run/id.ts";
import type { FleetContext } from "../workspace/context.ts";
import { observeRun } from "../lifecycle/reconcile.ts";
import { instead } from "../system/ignore.ts";
import { type StopOutcome, stopRun } from "./stop.ts";

/** What became of runs that were to be stopped, in their order. */
export interface StopOutcomes {
  outcomes: StopOutcome[];
  /** Why others could not be stopped. */
  errors: unknown[];
}

/**
 * Ends runs in parallel. Queued runs go first, because the end of another would
 * start them. One that cannot be stopped keeps no other from it.
 */
export async function stopRuns(
  context: FleetContext,
  ids: readonly RunId[],
  reason: string,
): Promise<StopOutcomes> {
  const records = await Promise.all(
    ids.map((id) =>
      observeRun(context, id).catch(
        instead(null, "stopping it says what is wrong with it"),
      )
    ),
  );
  const queued = new Set(
    ids.filter((_, index) => records[index]?.status === "queued"),
  );
  const errors: unknown[] = [];
  const outcomes = new Map<RunId, StopOutcome>();
  for (const isQueued of [true, false]) {
    await Promise.all(
      ids.filter((id) => queued.has(id) === isQueued).map(async (id) => {
        try {
          outcomes.set(id, await stopRun(context, id, reason));
        } catch (error) {
          errors.push(error);
        }
      }),
    );
  }
  return { outcomes: ids.flatMap((id) => outcomes.get(id) ?? []), errors };
}
