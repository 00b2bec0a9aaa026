import { walk } from "@std/fs";
import { acquireLock } from "../../src/files/lock.ts";
import type { Stage } from "./stage.ts";
import { within } from "./until.ts";

/**
 * Waits for the end of a run's supervisor, whichever workspace the run is of:
 * what is told of a run, as by `on_finish`, is told by then.
 */
export async function supervisorGone(stage: Stage, id: string): Promise<void> {
  for await (const { path } of walk(stage.scratch.dir, { maxDepth: 8 })) {
    if (!path.endsWith(`/${id}/lock`)) continue;
    (await within(`the end of the supervisor of ${id}`, acquireLock(path)))
      .release();
    return;
  }
  throw new Error(`run ${id} has no folder`);
}
