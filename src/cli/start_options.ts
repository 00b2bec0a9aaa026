import { readTaskOptions } from "../task/task_choices.ts";
import {
  TASK_OPTION_ROWS,
  TASK_SPECS,
  type TaskChoices,
} from "../task/task_option_rows.ts";
import { usageError } from "../system/errors.ts";
import { text } from "../terminal/option_spec.ts";

/** The options of a task, which all commands that start a run share. */
export const TASK = { specs: TASK_SPECS, read: readTaskOptions };

/** The ways to give a prompt. */
export const PROMPT_OPTIONS = {
  prompt: text("TEXT", "the prompt itself", "p"),
  "prompt-file": text("FILE", "a file that holds the prompt"),
};

/** Throws a `usage` error if an option that belongs to a single run is used with something that makes several. */
export function refuseSingleOptions(
  choices: TaskChoices,
  several: string,
  remedy: string,
): void {
  const misplaced = TASK_OPTION_ROWS.find(({ single, key }) =>
    single && choices[key] !== undefined
  );
  if (misplaced === undefined) return;
  throw usageError(
    `Cannot use --${misplaced.name} with ${several}: ${remedy}`,
  );
}
