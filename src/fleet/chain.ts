import { followChain, hasRecord } from "../run/chain.ts";
import type { RunId } from "../run/id.ts";
import { type EndedRecord, isEnded, type RunRecord } from "../run/record.ts";
import { newestFirst, readRecord } from "../run/store.ts";
import type { FleetContext } from "../workspace/context.ts";
import { readRuns } from "./read_runs.ts";
import { observeRun } from "../lifecycle/reconcile.ts";

/** The current attempt of a run's chain: the one that is running, or the last. Throws like `readRecord`. */
export async function currentAttempt(
  context: FleetContext,
  id: RunId,
): Promise<RunRecord> {
  return (await attemptsFrom(context, id)).current;
}

/** Like {@linkcode currentAttempt}, together with the attempts before it, from this run on, oldest first. `look` reads each of them. */
export async function attemptsFrom(
  context: FleetContext,
  id: RunId,
  look = observeRun,
): Promise<{ current: RunRecord; earlier: EndedRecord[] }> {
  const attempts = await Array.fromAsync(
    followChain<RunRecord>(
      id,
      async (next, before) =>
        before === null || await hasRecord(context.workspace, next)
          ? await look(context, next)
          : null,
    ),
  );
  const current = attempts.pop();
  if (current === undefined) throw new Error(`Run ${id} brought no record`);
  return { current, earlier: attempts.filter(isEnded) };
}

/**
 * The runs of a chain, oldest first, given any one of them: the first run, its
 * further attempts and those that continue it. Only runs younger than the first
 * are read. Throws like `readRecord`.
 */
export async function chainOf(
  context: FleetContext,
  id: RunId,
): Promise<RunRecord[]> {
  const { workspace } = context;
  const { root_run_id } = await readRecord(workspace, id);
  const ids = await newestFirst(workspace);
  const root = ids.findIndex((candidate) => candidate === root_run_id);
  const younger = root < 0 ? ids : ids.slice(0, root + 1);
  const chain = await readRuns(
    context,
    younger,
    (record) => record.root_run_id === root_run_id ? record : null,
  );
  return chain.reverse();
}
