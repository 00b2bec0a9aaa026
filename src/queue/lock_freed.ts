import type { RunId } from "../run/id.ts";
import { runFiles } from "../run/store.ts";
import { delay } from "../system/delay.ts";
import { awaitLock } from "../files/lock.ts";
import type { FleetContext } from "../workspace/context.ts";
import { ignore } from "../system/ignore.ts";

/** Waiting for a lock blocks one of the 32 threads that Deno has for files. */
const MAX_LOCKS_WAITED_FOR = 16;
let locksWaitedFor = 0;

/** How often a run is checked if no thread is left for its lock; a change to its record still shows at once. */
const NO_THREAD_CHECK_MS = 1_000;

/** Resolves when nobody holds the run's lock exclusively any more, or when it is time to check. */
export async function lockFreed(
  context: FleetContext,
  id: RunId,
): Promise<void> {
  if (locksWaitedFor >= MAX_LOCKS_WAITED_FOR) {
    return await delay(NO_THREAD_CHECK_MS);
  }
  locksWaitedFor++;
  try {
    const lock = await awaitLock(runFiles(context.workspace, id).lock, {
      shared: true,
    });
    lock.release();
  } catch (error) {
    ignore(error, "the next check reports that the folder is gone");
  } finally {
    locksWaitedFor--;
  }
}
