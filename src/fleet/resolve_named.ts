import { isRunId, parseRunId, type RunId } from "../run/id.ts";
import type { RunRecord } from "../run/record.ts";
import { readerOf } from "../owners/reader.ts";
import { resolveRun } from "../owners/resolve_run.ts";
import { AgentctlError, notFoundError, usageError } from "../system/errors.ts";
import { harmlessLine } from "../text/others_words.ts";
import { replaceNamedRuns } from "../task/task_choices.ts";
import type { TaskChoices } from "../task/task_option_rows.ts";
import type { FleetContext } from "../workspace/context.ts";
import { readMeantRuns } from "./read_runs.ts";
import { namesSeveral, resolveTargets } from "./resolve_targets.ts";

/** How many of several runs an error names. */
const MOST_NAMED = 5;

/**
 * The one run that a word names: as `resolveTargets` has it, or, if the command only
 * looks, by a piece of its title. Throws a `usage` error if several have that name,
 * and `not_found` if none has.
 */
export async function resolveNamed(
  context: FleetContext,
  word: string,
  { mayBeTitle }: { mayBeTitle: boolean },
): Promise<RunId> {
  if (namesSeveral(word)) {
    const ids = await resolveTargets(context, [word], { scope: "any" });
    const [id, ...others] = ids;
    if (id === undefined) {
      throw notFoundError(
        `Cannot find run "${word}": it means no run now; list the runs with "agentctl list"`,
      );
    }
    if (others.length > 0) {
      throw usageError(
        `Cannot tell which run "${word}" is: it means ${ids.length} runs (${
          ids.slice(-MOST_NAMED).reverse().join(", ")
        }${ids.length > MOST_NAMED ? ", …" : ""}); name one of them`,
      );
    }
    return id;
  }
  try {
    return await resolveRun(context, word);
  } catch (error) {
    const isUnknown = !word.startsWith("@") &&
      (!isRunId(word) || error instanceof AgentctlError &&
          error.code === "not_found");
    if (!isUnknown) throw error;
    const id = await resolveTitle(context, word, mayBeTitle);
    if (id === null) throw error;
    return id;
  }
}

/** The run with this piece in its title; `null` if there is none. */
async function resolveTitle(
  context: FleetContext,
  piece: string,
  mayBeTitle: boolean,
): Promise<RunId | null> {
  const sought = piece.trim().toLowerCase();
  if (sought === "") return null;
  const records = await readMeantRuns(context, await readerOf(context));
  const found = records.filter(({ title }) =>
    title.toLowerCase().includes(sought)
  );
  const [run, ...others] = found;
  if (run === undefined) return null;
  if (!mayBeTitle) {
    throw usageError(
      `Cannot find run "${piece}": only commands that look take a piece of a title; give the id, as ${
        described(found)
      }`,
    );
  }
  if (others.length > 0) {
    throw usageError(
      `Cannot tell which run "${piece}" is: ${found.length} titles contain it (${
        described(found)
      }); give more of the title, or an id`,
    );
  }
  return parseRunId(run.run_id);
}

/** The newest of several runs. */
function described(runs: readonly RunRecord[]): string {
  const newest = runs.slice(-MOST_NAMED).reverse();
  return newest.map(({ run_id, title }) =>
    `${run_id} ${JSON.stringify(harmlessLine(title))}`
  ).join(", ") + (runs.length > MOST_NAMED ? ", …" : "");
}

/** The choices of a task, with the ids of the runs that they name; see `replaceNamedRuns`. */
export async function resolveNamedRuns(
  context: FleetContext,
  choices: TaskChoices,
  isTask?: (word: string) => boolean,
): Promise<TaskChoices> {
  return await replaceNamedRuns(
    choices,
    (words) => resolveTargets(context, words, { states: "any" }),
    isTask,
  );
}
