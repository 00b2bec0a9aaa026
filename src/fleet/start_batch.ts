import { makeRunId, parseRunId, type RunId } from "../run/id.ts";
import type { RunRecord } from "../run/record.ts";
import {
  createRunFolder,
  readRecord,
  runFiles,
  writeRecord,
} from "../run/store.ts";
import { acquireLock } from "../files/lock.ts";
import type { FleetContext } from "../workspace/context.ts";
import { pumpQueue } from "../lifecycle/pump.ts";
import { leaveQueue } from "../queue/queue_files.ts";
import { fillFolder, type PreparedRun, prepareRun } from "./start.ts";
import type { StartRequest } from "../task/start_request.ts";
import { removeQuietly } from "../files/remove_quietly.ts";

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
  const made: RunId[] = [];
  try {
    using locks = new DisposableStack();
    for (const { name, request } of tasks) {
      const id = await createRunFolder(
        workspace,
        request.runId === undefined ? undefined : parseRunId(request.runId),
        () => makeRunId(new Date(), made.at(-1)),
      );
      made.push(id);
      ids.set(name, id);
      locks.use(await acquireLock(runFiles(workspace, id).lock));
    }
    const idOf = (text: string) => ids.get(text) ?? text;
    for (const [index, id] of made.entries()) {
      const run = prepared[index];
      if (run === undefined) continue;
      const task = {
        ...run.task,
        after: run.task.after.map(idOf),
        after_any_end: run.task.after_any_end.map(idOf),
      };
      const record = await fillFolder(context, id, { ...run, task });
      await writeRecord(workspace, record);
    }
  } catch (error) {
    for (const id of made) {
      await leaveQueue(workspace, id);
      await removeQuietly(runFiles(workspace, id).folder, { recursive: true });
    }
    throw error;
  }
  await pumpQueue(context);
  return await Promise.all(made.map((id) => readRecord(workspace, id)));
}
