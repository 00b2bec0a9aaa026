import type { FleetContext } from "../workspace/context.ts";
import { readerOf } from "../owners/reader.ts";
import { activeIds, waitingIds } from "../queue/queue_files.ts";
import { isEnded } from "../run/record.ts";
import { unseenRuns } from "./inbox.ts";
import { readRuns } from "./read_runs.ts";
import { ignore } from "../system/ignore.ts";

/** How many runs of the session that calls run, wait, and have results that it has not read; of all runs, if the user calls. */
export interface SessionCounts {
  running: number;
  queued: number;
  unread: number;
}

/** Counts the runs of whoever calls. What others asked for does not count, even if its result is for the caller. */
export async function countOwnRuns(
  context: FleetContext,
): Promise<SessionCounts> {
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
  const queued = live.filter(({ status }) => status === "queued").length;
  return {
    running: live.length - queued,
    queued,
    unread: own.filter(Boolean).length,
  };
}
