import type { RunTask } from "../run/record.ts";
import type { ValueOf } from "../text/option_value.ts";
import {
  type OptionKey,
  optionKey,
  type OptionSpecs,
} from "../terminal/option_spec.ts";
import type { TaskOption } from "./task_option.ts";
import { TASK_OPTIONS } from "./task_options.ts";

type Table = typeof TASK_OPTIONS;

/** The name of an option without dashes. */
export type TaskOptionName = keyof Table;

/** The options of a task as chosen; durations are in milliseconds. */
export type TaskChoices = {
  [Name in TaskOptionName as OptionKey<Name, Table[Name]>]?: ValueOf<
    Table[Name]
  >;
};

/** The fields of a record that have a default in the table. */
export type DefaultedField = {
  [Name in TaskOptionName]: Table[Name] extends
    { record: infer Field extends keyof RunTask; default: unknown } ? Field
    : never;
}[TaskOptionName];

/** A row of the table with its name, and the key of its value in {@linkcode TaskChoices}. */
export type NamedTaskOption = TaskOption & {
  name: TaskOptionName;
  key: keyof TaskChoices;
};

/** The rows of {@linkcode TASK_OPTIONS}, in their order. */
export const TASK_OPTION_ROWS: readonly NamedTaskOption[] = Object.entries<
  TaskOption
>(TASK_OPTIONS).map(([name, option]) => ({
  ...option,
  name: name as TaskOptionName,
  key: optionKey(name, option) as keyof TaskChoices,
}));

/** Whether the values of an option name runs, or other tasks of a batch. */
export function namesRuns(option: TaskOption): boolean {
  return option.kind === "list" && option.of === "runs";
}

/** A name by which an option is given. */
export interface Spelling {
  name: string;
  /** The placeholder of its value; a switch has none. */
  value?: string;
  help: string;
}

/** The names by which an option is given; a flag also has one for its opposite. */
export function spellingsOf(option: NamedTaskOption): Spelling[] {
  if (option.kind !== "flag") return [option];
  return [option, ...option.opposite ? [option.opposite] : []];
}

/** The options by all their names, as a command line takes them. */
export const TASK_SPECS: OptionSpecs = Object.fromEntries(
  TASK_OPTION_ROWS.flatMap((option) =>
    spellingsOf(option).map(({ name, help }) => [name, { ...option, help }])
  ),
);
