import { makeRunId, parseRunId, type RunId } from "../run/id.ts";
import type { RunRecord } from "../run/record.ts";
import { beginRun, type NewRun } from "../run/new_run.ts";
import { readRecord } from "../run/store.ts";
import type { FleetContext } from "../workspace/context.ts";
import { pumpQueue } from "../lifecycle/pump.ts";
import type { QueuedRecord } from "../queue/queue.ts";
import { leaveQueue, publishQueued } from "../queue/queue_files.ts";
import { fillRun, type PreparedRun, prepareRun, tellMonitor } from "./start.ts";
import type { StartRequest } from "../task/start_request.ts";

/** A task of a batch. It may name other tasks that it comes after. */
export interface BatchRequest {
  name: string;
  request: StartRequest;
}

/** Runs the check of one task, by its name. */
type Checking = (
  name: string,
  check: () => Promise<PreparedRun>,
) => Promise<PreparedRun>;

/**
 * Starts many runs at once, in order: all of them, or none if one is impossible.
 * Every task is checked before the first run is made, and none is started before
 * all exist. Returns their records as they are then, in the order of the tasks.
 *
 * Throws what {@linkcode prepareRun} throws; `checking` may say of which task.
 */
export async function startBatch(
  context: FleetContext,
  tasks: readonly BatchRequest[],
  checking: Checking = (_, check) => check(),
): Promise<RunRecord[]> {
  const { workspace } = context;
  const prepared: PreparedRun[] = [];
  for (const { name, request } of tasks) {
    prepared.push(await checking(name, () => prepareRun(context, request)));
  }
  const ids = new Map<string, RunId>();
  const made: NewRun[] = [];
  {
    using locks = new DisposableStack();
    try {
      for (const { name, request } of tasks) {
        const run = await beginRun(
          workspace,
          request.runId === undefined ? undefined : parseRunId(request.runId),
          () => makeRunId(new Date(), made.at(-1)?.id),
        );
        made.push(locks.use(run));
        ids.set(name, run.id);
      }
      const idOf = (text: string) => ids.get(text) ?? text;
      const records: QueuedRecord[] = [];
      for (const [index, run] of made.entries()) {
        const one = prepared[index];
        if (one === undefined) continue;
        const task = {
          ...one.task,
          after: one.task.after.map(idOf),
          after_any_end: one.task.after_any_end.map(idOf),
        };
        records.push(await fillRun(run, { ...one, task }));
      }
      for (const [index, run] of made.entries()) {
        const record = records[index];
        if (record) await publishQueued(workspace, run, record);
      }
      const [first] = records;
      if (first) await tellMonitor(context, first);
    } catch (error) {
      for (const run of made) {
        await run.discard();
        await leaveQueue(workspace, run.id);
      }
      throw error;
    }
  }
  await pumpQueue(context);
  return await Promise.all(made.map(({ id }) => readRecord(workspace, id)));
}
