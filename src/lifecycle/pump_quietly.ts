import type { FleetContext } from "../workspace/context.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { isLocked } from "../files/lock.ts";
import { activeIds, waitingIds } from "../queue/queue_files.ts";
import { idsInMaking } from "../run/new_run.ts";
import { runFiles } from "../run/store.ts";
import { ignore } from "../system/ignore.ts";

/**
 * Starts what may start, and finishes what processes that died have left undone,
 * for a command that has done its own work: nothing in the queue makes it fail.
 * Its code is loaded only if there is something to do, which is rare, because
 * every command that looks does this.
 */
export async function pumpQuietly(context: FleetContext): Promise<void> {
  try {
    if (!await isAnythingToDo(context.workspace)) return;
    const { pumpQueue } = await import("./pump.ts");
    await pumpQueue(context);
  } catch (error) {
    ignore(error, "the next command that looks tries again");
  }
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
