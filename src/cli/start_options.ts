import { readTaskOptions } from "../task/task_choices.ts";
import { TASK_SPECS } from "../task/task_option_rows.ts";
import { text } from "../terminal/option_spec.ts";

/** The options of a task, which all commands that start a run share. */
export const TASK = { specs: TASK_SPECS, read: readTaskOptions };

/** The ways to give a prompt. */
export const PROMPT_OPTIONS = {
  prompt: text("TEXT", "the prompt itself", "p"),
  "prompt-file": text("FILE", "a file that holds the prompt"),
};
