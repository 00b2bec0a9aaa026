import type { FleetContext } from "../workspace/context.ts";
import { readerOf } from "../owners/reader.ts";
import { activeIds, waitingIds } from "../queue/queue_files.ts";
import { isEnded } from "../run/record.ts";
import { hasOpenQuestion, questionsOf } from "./asking.ts";
import { unseenRuns } from "./inbox.ts";
import { readRuns } from "./read_runs.ts";
import { ignore } from "../system/ignore.ts";

/** How many runs of the session that calls ask, run, wait, and have results that it has not read; of all runs, if the user calls. */
export interface SessionCounts {
  /** How many of the running ones ask something. */
  asks: number;
  running: number;
  queued: number;
  unread: number;
}

/**
 * Counts the runs of whoever calls. What others asked for does not count, even if
 * its result is for the caller. `questions` are the folders that change when one of
 * them asks or is answered; they need not exist.
 */
export async function countOwnRuns(
  context: FleetContext,
): Promise<{ counts: SessionCounts; questions: string[] }> {
  const { workspace } = context;
  const reader = await readerOf(context);
  const ids = [
    ...await activeIds(workspace),
    ...await waitingIds(workspace),
  ];
  const live = await readRuns(
    context,
    ids,
    async (record) =>
      !isEnded(record) && await reader.isMeant(record) ? record : null,
  );
  const unread = await unseenRuns(
    context,
    (_, error) => ignore(error, "a damaged run is not counted"),
    reader,
  );
  const own = await Promise.all(unread.map((run) => reader.isMeant(run)));
  const started = live.filter(({ status }) => status !== "queued");
  const questions = started.map((record) => questionsOf(context, record));
  const asks = await Promise.all(questions.map(hasOpenQuestion));
  return {
    counts: {
      asks: asks.filter(Boolean).length,
      running: started.length,
      queued: live.length - started.length,
      unread: own.filter(Boolean).length,
    },
    questions,
  };
}
