import { join } from "@std/path";
import { exists } from "../files/exists.ts";
import type { RunId } from "../run/id.ts";
import { makeMark, markedIds } from "../run/marks.ts";
import type { NewRun } from "../run/new_run.ts";
import type { LiveRecord } from "../run/record.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { ensureFolder } from "../files/make_new.ts";

/**
 * Which runs wait and which have a slot, as an empty file for each, so that
 * checking the queue costs the same however many runs are stored. Records say
 * what a run is; the file of one that has ended says that what follows its end
 * is not done yet.
 */
type Folder = (workspace: Workspace) => string;

/** Adds a run to the queue. */
export async function enterQueue(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  await makeMark(workspacePaths.queue(workspace), id);
}

/**
 * Makes a new run one of the runs, and lets it wait. It is in the queue before
 * anybody can see it, so that it cannot be forgotten.
 */
export async function publishQueued(
  workspace: Workspace,
  run: NewRun,
  record: LiveRecord,
): Promise<void> {
  await enterQueue(workspace, run.id);
  await run.publish(record);
}

/** Gives a slot to a run in the queue. The caller must hold the queue's lock. */
export async function takeSlot(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  await moveMark(workspace, id, workspacePaths.queue, workspacePaths.active);
}

/** Takes the slot back and makes the run wait again. The caller must hold the locks of the queue and of the run. */
export async function returnToQueue(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  await moveMark(workspace, id, workspacePaths.active, workspacePaths.queue);
}

/** Removes a run that has ended from the queue, and frees its slot. */
export async function leaveQueue(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  for (const folder of [workspacePaths.queue, workspacePaths.active]) {
    await removeQuietly(join(folder(workspace), id));
  }
}

/** Whether the run has a slot. */
export async function hasSlot(
  workspace: Workspace,
  id: RunId,
): Promise<boolean> {
  return await exists(join(workspacePaths.active(workspace), id));
}

/** Whether the run has an entry of either kind: one that has ended keeps it until everything that follows its end is done. */
export async function isInQueueOrActive(
  workspace: Workspace,
  id: RunId,
): Promise<boolean> {
  return await hasSlot(workspace, id) || await isInQueue(workspace, id);
}

/** Whether the run waits. */
export async function isInQueue(
  workspace: Workspace,
  id: RunId,
): Promise<boolean> {
  return await exists(join(workspacePaths.queue(workspace), id));
}

/** The runs that wait, in no particular order. */
export function waitingIds(workspace: Workspace): Promise<RunId[]> {
  return markedIds(workspacePaths.queue(workspace));
}

/** The runs that have a slot. */
export function activeIds(workspace: Workspace): Promise<RunId[]> {
  return markedIds(workspacePaths.active(workspace));
}

async function moveMark(
  workspace: Workspace,
  id: RunId,
  from: Folder,
  to: Folder,
): Promise<void> {
  const move = () =>
    Deno.rename(join(from(workspace), id), join(to(workspace), id));
  await move().catch(async (error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await ensureFolder(to(workspace));
    await move();
  });
}
