import { observeRun, reconcileRun } from "../lifecycle/reconcile.ts";
import { pumpQueue } from "../lifecycle/pump.ts";
import { activeIds, waitingIds } from "../queue/queue_files.ts";
import type { RunId } from "../run/id.ts";
import { filesInMaking, idsInMaking } from "../run/new_run.ts";
import { readStoredRecord, type RunFiles, runFiles } from "../run/store.ts";
import { isLocked } from "../files/lock.ts";
import type { FleetContext } from "../workspace/context.ts";
import { isEnded, isOurs } from "../run/record.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, warning } from "./finding.ts";
import { harmlessLine } from "../text/others_words.ts";
import { firstThree, plural } from "../text/wording.ts";
import { instead } from "../system/ignore.ts";

/** Finds runs whose supervisors are gone, so that their records do not show that they have ended. */
export async function* checkUnfinished(
  { caller, open, runs }: Examination,
): AsyncGenerator<Finding> {
  const { workspace, missing } = await open();
  if (missing) return;
  const context = { caller, workspace };
  const unfinished = (await runs()).runs.flatMap(({ id, record }) =>
    "error" in record || isEnded(record) || !isOurs(record) ? [] : [id]
  );
  const seen = await Promise.all(
    unfinished.map(async (id) => {
      const record = await observeRun(context, id).catch(
        instead(null, "the check of records reports what cannot be read"),
      );
      return record !== null && isEnded(record) ? { id, record } : null;
    }),
  );
  yield* await cutOff(context);
  const abandoned = seen.filter((run) => run !== null);
  const [first] = abandoned;
  if (first === undefined) {
    return yield ok(
      "runs.unfinished",
      unfinished.length === 0
        ? "No runs are in progress"
        : `${plural(unfinished.length, "run")} in progress, with a supervisor`,
    );
  }
  const others = abandoned.length > 1
    ? ` and ${abandoned.length - 1} more`
    : "";
  yield warning(
    "runs.unfinished",
    `Run "${first.id}"${others} ended without recording it: ${
      harmlessLine(first.record.reason)
    }`,
    'record their ends with "agentctl doctor --fix"',
    async () => {
      for (const { id } of abandoned) await reconcileRun(context, id);
      return `Recorded the end of ${plural(abandoned.length, "run")}: ${
        names(abandoned)
      }`;
    },
  );
}

/** Finds runs whose makers died, and ended ones whose ends somebody died over. */
async function cutOff(context: FleetContext): Promise<Finding[]> {
  const { workspace } = context;
  const isFree = async ({ lock }: RunFiles) => !await isLocked(lock);
  const unmade = await filterIds(
    await idsInMaking(workspace),
    (id) => isFree(filesInMaking(workspace, id)),
  );
  const marked = [
    ...await waitingIds(workspace),
    ...await activeIds(workspace),
  ];
  const unsettled = await filterIds(marked, async (id) => {
    const files = runFiles(workspace, id);
    const record = await readStoredRecord(files).catch(
      instead(null, "the check of records reports what cannot be read"),
    );
    return record !== null && isEnded(record) && await isFree(files);
  });
  const ids = [...unmade, ...unsettled];
  if (ids.length === 0) return [];
  return [warning(
    "runs.unfinished",
    `A process was killed while it made or ended ${plural(ids.length, "run")}`,
    'finish that with "agentctl list" or "agentctl doctor --fix"',
    async () => {
      await pumpQueue(context);
      return `Finished what was left of ${plural(ids.length, "run")}`;
    },
  )];
}

async function filterIds(
  ids: readonly RunId[],
  test: (id: RunId) => Promise<boolean>,
): Promise<RunId[]> {
  const passed = await Promise.all(ids.map(test));
  return ids.filter((_, index) => passed[index]);
}

function names(runs: readonly { id: RunId }[]): string {
  return firstThree(runs.map(({ id }) => id));
}
