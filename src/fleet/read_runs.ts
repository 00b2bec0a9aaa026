import type { RunId } from "../run/id.ts";
import type { RunRecord } from "../run/record.ts";
import { newestFirst, RunNotFound } from "../run/store.ts";
import type { FleetContext } from "../workspace/context.ts";
import { observeRun } from "../lifecycle/reconcile.ts";
import { ignore } from "../system/ignore.ts";
import type { Reader } from "../owners/reader.ts";

/** How many records are read in parallel. */
const BATCH = 32;

/**
 * Reads runs, in the order given, in their true state. Returns what `take` makes
 * of them, without those for which it returns `null`, up to `limit`. `onDamaged`
 * is called for records that cannot be read, but not for runs that are no longer
 * there.
 */
export async function readRuns<T>(
  context: FleetContext,
  ids: readonly RunId[],
  take: (record: RunRecord) => T | null | Promise<T | null>,
  {
    limit = Infinity,
    onDamaged = (_, error) => ignore(error, "a damaged run is passed over"),
  }: {
    limit?: number;
    onDamaged?: (id: RunId, error: unknown) => void;
  } = {},
): Promise<T[]> {
  const taken: T[] = [];
  for (let i = 0; i < ids.length && taken.length < limit; i += BATCH) {
    const found = await Promise.all(
      ids.slice(i, i + BATCH).map(async (id) => {
        try {
          return await take(await observeRun(context, id));
        } catch (error) {
          if (!(error instanceof RunNotFound)) onDamaged(id, error);
          return null;
        }
      }),
    );
    taken.push(
      ...found.filter((item): item is Awaited<T> & T => item !== null),
    );
  }
  return taken.slice(0, limit);
}

/** Reads all runs that the reader means, oldest first. */
export async function readMeantRuns(
  context: FleetContext,
  { isMeant }: Pick<Reader, "isMeant">,
  onDamaged?: (id: RunId, error: unknown) => void,
): Promise<RunRecord[]> {
  return await readRuns(
    context,
    (await newestFirst(context.workspace)).reverse(),
    async (record) => await isMeant(record) ? record : null,
    { onDamaged },
  );
}
