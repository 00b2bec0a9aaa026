import type { RunTask } from "../run/record.ts";
import type { ValueOf } from "../text/option_value.ts";
import { TASK_OPTIONS, type TaskOption } from "./task_options.ts";

type Table = typeof TASK_OPTIONS;

/** The name of an option without dashes. */
export type TaskOptionName = keyof Table;

type Camel<Name extends string> = Name extends `${infer Head}-${infer Rest}`
  ? `${Head}${Capitalize<Camel<Rest>>}`
  : Name;

/** `idle-timeout` is `idleTimeoutMs` in a request. */
type ChoiceKey<Name extends TaskOptionName> = Table[Name] extends
  { kind: "duration" } ? `${Camel<Name>}Ms` : Camel<Name>;

/** The options of a task as somebody chose them; durations are in milliseconds. */
export type TaskChoices = {
  [Name in TaskOptionName as ChoiceKey<Name>]?: ValueOf<Table[Name]>;
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
  key: choiceKey(name, option),
}));

function choiceKey(name: string, { kind }: TaskOption): keyof TaskChoices {
  const camel = name.replaceAll(
    /-([a-z])/g,
    (_, letter: string) => letter.toUpperCase(),
  );
  return (kind === "duration" ? `${camel}Ms` : camel) as keyof TaskChoices;
}

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

/** The names by which an option is given: of a flag, the one for its opposite as well. */
export function spellingsOf(option: NamedTaskOption): Spelling[] {
  if (option.kind !== "flag") return [option];
  return [option, ...option.opposite ? [option.opposite] : []];
}
