import {
  listOlderIds,
  MOST_RUNS,
  olderRunsFolder,
  readOlderRuns,
} from "../run/older_runs.ts";
import type { RunRecord } from "../run/record.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { olderFacts, type RunFacts } from "./run_facts.ts";

/** The runs that an earlier agentctl kept where workers can write, as a list shows them. */
export interface OlderRows {
  runs: RunFacts[];
  /** How many there are, and what to do about them; `null` if there are none. */
  remark: string | null;
}

/** Reads the runs that pass the filter, as long as there is room. */
export async function olderRows(
  workspace: Workspace,
  passes: (record: RunRecord) => boolean,
  room: number,
): Promise<OlderRows> {
  const ids = await listOlderIds(workspace);
  const runs: RunFacts[] = [];
  let unreadable = 0;
  if (room > 0) {
    for await (const { record } of readOlderRuns(workspace, ids)) {
      if (record === null) unreadable++;
      else if (passes(record)) runs.push(olderFacts(record));
      if (runs.length >= room) break;
    }
  }
  if (ids.length === 0) return { runs, remark: null };
  const count = ids.length === 1
    ? "1 run of an earlier agentctl is"
    : `${ids.length}${
      ids.length === MOST_RUNS ? " or more" : ""
    } runs of an earlier agentctl are`;
  const rest = unreadable === 0 ? "" : `, ${unreadable} cannot be read`;
  return {
    runs,
    remark: `${count} in "${
      olderRunsFolder(workspace)
    }", where workers can write, and only shown${rest}: take ended ones over with "agentctl trust --import"`,
  };
}
