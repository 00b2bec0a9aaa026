import type { FleetContext } from "../workspace/context.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import { isLocked } from "../files/lock.ts";
import { activeIds, waitingIds } from "../queue/queue_files.ts";
import { idsInMaking } from "../run/new_run.ts";
import { runFiles } from "../run/store.ts";
import { ignore } from "../system/ignore.ts";

/** How long a command that only looks waits for those who move the queue. */
const PASSING_MS = 500;

/**
 * Starts what may start, and finishes what processes that died have left undone,
 * for a command that has done its own work: nothing in the queue makes it fail.
 * With `inPassing`, for a command that only looks, does nothing if other processes
 * keep the queue or the layout locked for longer than a moment: there may be many
 * of them, or one is stopped. Its code is loaded only if there is something to do,
 * which is rare, because every command that looks does this.
 */
export async function pumpQuietly(
  context: FleetContext,
  { inPassing = false } = {},
): Promise<void> {
  const { workspace } = context;
  try {
    if (!await isAnythingToDo(workspace)) return;
    if (inPassing && !await othersAreDone(workspace)) return;
    const { pumpQueue } = await import("./pump.ts");
    await pumpQueue(context);
  } catch (error) {
    ignore(error, "the next command that looks tries again");
  }
}

async function othersAreDone(workspace: Workspace): Promise<boolean> {
  const { queueLock, layoutLock } = workspacePaths;
  for (const path of [queueLock(workspace), layoutLock(workspace)]) {
    if (await isLocked(path, PASSING_MS)) return false;
  }
  return true;
}

async function isAnythingToDo(workspace: Workspace): Promise<boolean> {
  if ((await waitingIds(workspace)).length > 0) return true;
  if ((await idsInMaking(workspace)).length > 0) return true;
  // A run that nobody holds is dead, or just being started.
  const active = await activeIds(workspace);
  const held = await Promise.all(
    active.map((id) => isLocked(runFiles(workspace, id).lock)),
  );
  return held.includes(false);
}
