import { type FleetContext, observeRun } from "../fleet/mod.ts";
import type { RunRecord } from "../run/record.ts";
import { newestFirst } from "../run/store.ts";
import { messageOf } from "../system/errors.ts";

/** How many records are read side by side. */
const BATCH = 16;

/** The newest runs that pass a filter, and what is wrong with those that could not be read. */
export async function newestRuns(
  context: FleetContext,
  limit: number,
  passes: (record: RunRecord) => boolean = () => true,
): Promise<{ records: RunRecord[]; damaged: string[] }> {
  const records: RunRecord[] = [];
  const damaged: string[] = [];
  const ids = await newestFirst(context.workspace);
  for (let i = 0; i < ids.length && records.length < limit; i += BATCH) {
    const read = await Promise.all(
      ids.slice(i, i + BATCH).map(async (id) => {
        try {
          return [await observeRun(context, id)];
        } catch (error) {
          damaged.push(messageOf(error));
          return [];
        }
      }),
    );
    records.push(...read.flat().filter(passes));
  }
  return { records: records.slice(0, limit), damaged };
}
