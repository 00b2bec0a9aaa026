import { resolve } from "@std/path";
import type { FleetContext } from "../workspace/context.ts";
import { readerOf } from "../owners/reader.ts";
import { readRuns } from "../fleet/read_runs.ts";
import { homeFolder } from "../run/home_folder.ts";
import type { RunId } from "../run/id.ts";
import type { RunRecord } from "../run/record.ts";
import { newestFirst } from "../run/store.ts";
import { messageOf } from "../system/errors.ts";
import { realPathAtSync } from "../files/exists.ts";

/** Which runs a list contains. */
export interface RunFilter {
  limit: number;
  status?: string;
  /** The name of a project, or a folder. */
  project?: string;
  /** Only runs that have all of these labels. */
  labels?: readonly string[];
  /** Whether it contains everybody's, and not only those of the session that calls and of the user. */
  everyone?: boolean;
}

/** A run whose record cannot be read, and what is wrong with it. */
export interface DamagedRun {
  id: RunId;
  message: string;
}

/** Makes a function that tests whether a run passes a filter, regardless of its limit. */
export function passesFilter(
  { caller }: FleetContext,
  { status, project, labels = [] }: RunFilter,
): (record: RunRecord) => boolean {
  const folders = project === undefined
    ? []
    : foldersAt(resolve(caller.cwd, project));
  return (record) =>
    (status === undefined || record.status === status) &&
    labels.every((label) => record.labels.includes(label)) &&
    (project === undefined || record.project === project ||
      folders.includes(homeFolder(record)));
}

/** A folder as written and with links resolved: records hold the latter, but older ones may not. */
function foldersAt(path: string): string[] {
  const real = realPathAtSync(path);
  return real === null ? [path] : [path, real];
}

/** The newest runs that pass a filter, those that could not be read, and whether there were some of others. */
export async function newestRuns(
  context: FleetContext,
  filter: RunFilter,
): Promise<
  {
    records: RunRecord[];
    damaged: DamagedRun[];
    others: boolean;
    /** All ids of the workspace. */
    ids: RunId[];
  }
> {
  const { meansAll, isFor } = await readerOf(context, {
    everyone: filter.everyone,
  });
  let others = false;
  const damaged: DamagedRun[] = [];
  const passes = passesFilter(context, filter);
  const ids = await newestFirst(context.workspace);
  const records = await readRuns(
    context,
    ids,
    async (record) => {
      if (!passes(record)) return null;
      if (meansAll || await isFor(record)) return record;
      others = true;
      return null;
    },
    {
      limit: filter.limit,
      onDamaged: (id, error) => damaged.push({ id, message: messageOf(error) }),
    },
  );
  return { records, damaged, others, ids };
}
