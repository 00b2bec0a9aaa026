import type { FleetContext } from "./context.ts";
import { waitingIds } from "./queue_files.ts";

/**
 * Starts what may start, for a command that has done its own work: nothing of
 * the queue makes it fail. What it needs is loaded if somebody waits, which is
 * rare, for this is done at every look.
 */
export async function pumpQuietly(context: FleetContext): Promise<void> {
  try {
    if ((await waitingIds(context.workspace)).length === 0) return;
    const { pumpQueue } = await import("./pump.ts");
    await pumpQueue(context);
  } catch {
    // The next who looks tries again.
  }
}
