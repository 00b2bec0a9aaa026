import { newestFirst } from "../run/store.ts";
import { isEnded } from "../run/record.ts";
import { usageError } from "../system/errors.ts";
import type { BatchTask } from "../task/batch_file.ts";
import type { FleetContext } from "../workspace/context.ts";
import { readRuns } from "./read_runs.ts";

/** How many of the newest runs are checked. */
const MOST_RUNS = 100;

/**
 * Throws a `usage` error if the header of a task appears in a worker's words:
 * they were copied into a prompt, and would start a run.
 */
export async function refuseWorkersHeads(
  context: FleetContext,
  tasks: readonly Pick<BatchTask, "name" | "line">[],
  source: string,
): Promise<void> {
  const ids = (await newestFirst(context.workspace)).slice(0, MOST_RUNS);
  const said = await readRuns(context, ids, (record) => {
    if (!isEnded(record)) return null;
    const words = [record.summary, record.followup_prompt, record.notes];
    const names = words.flatMap(headsIn);
    return names.length === 0 ? null : { id: record.run_id, names };
  });
  for (const { name, line } of tasks) {
    const run = said.find(({ names }) => names.includes(name));
    if (run === undefined) continue;
    throw usageError(
      `Cannot use ${source}: line ${line}: "--- task: ${name}" is quoted from the worker of run "${run.id}" and must not start a task; remove it from the prompt, or give your own task another name`,
    );
  }
}

/** The names of tasks that would begin if a text were pasted into a batch. */
function headsIn(text: string): string[] {
  return [...text.matchAll(/^--- task:(.*)$/gm)]
    .map(([, name = ""]) => name.trim());
}
