import { spellingsOf, TASK_OPTION_ROWS } from "../fleet/task_option_rows.ts";
import type { OptionSpec } from "./command.ts";
import { PROMPT_OPTIONS } from "./input.ts";

/** The options of a task, which all commands that make a run have. */
export const TASK_SPECS: readonly OptionSpec[] = TASK_OPTION_ROWS.flatMap(
  (option) =>
    spellingsOf(option).map(({ name, value, help }) => ({
      name,
      value,
      help,
      repeatable: option.kind === "list",
    })),
);

/** The options that `start` and `resume` share. */
export const START_OPTIONS: readonly OptionSpec[] = [
  ...TASK_SPECS,
  ...PROMPT_OPTIONS,
];

/** Of `start` alone. */
export const BATCH_OPTION: OptionSpec = {
  name: "batch",
  value: "FILE",
  help: "start all tasks of this file; - for standard input",
};
