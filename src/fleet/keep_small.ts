import { join } from "@std/path";
import { infoAt } from "../files/exists.ts";
import { debugStep, ignore } from "../system/ignore.ts";
import type { FleetContext } from "../workspace/context.ts";
import { cleanRuns } from "./clean.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

/** An empty file in the state; its time says when the last tidying began. */
const MARK = "tidied";

/**
 * Removes the oldest runs beyond `keep_runs`, at most once a day, as `agentctl
 * clean` does: never one that has not ended, that nobody has seen, that others need
 * or that holds unmerged work, nor one of the last day. Whoever has time calls it: a
 * supervisor whose run is over. Throws nothing.
 */
export async function keepStoreSmall(context: FleetContext): Promise<void> {
  const { config, state } = context.workspace;
  if (config.keep_runs === null) return;
  try {
    const mark = join(state, MARK);
    const last = (await infoAt(mark))?.mtime?.getTime() ?? 0;
    // A clock that was put back must not stop it for years.
    if (Math.abs(Date.now() - last) < DAY_MS) return;
    // First, so that of many supervisors that end at once one does it.
    await Deno.writeTextFile(mark, "", { mode: 0o600 });
    await Deno.utime(mark, new Date(), new Date());
    const { removed } = await cleanRuns(context, {
      olderThanMs: DAY_MS,
      keep: config.keep_runs,
      dryRun: false,
      force: false,
      isAutomatic: true,
    });
    debugStep(() => `store: removed ${removed.length} old runs`);
  } catch (error) {
    ignore(error, "the store is tidied tomorrow");
  }
}
