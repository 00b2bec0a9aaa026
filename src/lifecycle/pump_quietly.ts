import type { FleetContext } from "../workspace/context.ts";
import { waitingIds } from "../queue/queue_files.ts";
import { ignore } from "../system/ignore.ts";

/**
 * Starts whatever can start, for a command that has done its own work: nothing
 * in the queue makes it fail. The code is loaded only if a run is waiting,
 * which is rare, because every command that looks at runs does this.
 */
export async function pumpQuietly(context: FleetContext): Promise<void> {
  try {
    if ((await waitingIds(context.workspace)).length === 0) return;
    const { pumpQueue } = await import("./pump.ts");
    await pumpQueue(context);
  } catch (error) {
    ignore(error, "the next command that looks tries again");
  }
}
