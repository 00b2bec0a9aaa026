import type { FleetContext } from "../fleet/context.ts";
import type { TaskChoices } from "../fleet/task_option_rows.ts";
import {
  flag,
  type OptionSpecs,
  type OptionValues,
  text,
} from "../terminal/option_spec.ts";
import type { GivenValue } from "../text/option_value.ts";
import type { Caller, Workspace } from "../workspace/workspace.ts";

/** A command as people see it; a file of this folder for each. */
export interface Command<
  Specs extends OptionSpecs = OptionSpecs,
  Form extends string = string,
> {
  name: string;
  /** One line, for the list of commands. */
  summary: string;
  /** How to call it, without the program's name, where arguments and options do not tell it. */
  usage?: string;
  /** What it does, in a paragraph or two. */
  description: string;
  /** What it does, as messages say after "Cannot". */
  action: string;
  /** The arguments it takes: `<id>`, `[dir]`, `<id>...`, separated by spaces. */
  args: Form;
  /** What a message says of wrong arguments, or adds to that they are unexpected. */
  argsHint?: string;
  /** The option that may stand instead of the arguments, which are needed without it. */
  argsOr?: keyof Specs & string;
  options: Specs;
  /** It makes a run, and has the options of a task besides. */
  task?: TaskPart;
  examples: readonly string[];
  /** It only looks: the write permission is dropped before it runs. */
  readOnly?: Condition<keyof OptionValues<Specs> & string>;
  /** Who looks moves the queue: what may start is started before anything else is done. */
  movesQueue?: Condition<keyof OptionValues<Specs> & string>;
  /** What stands behind `--` is for another program, and not an argument. */
  passesOn?: boolean;
  /** Options and `--` are not interpreted. */
  raw?: boolean;
  /** Does the work; returns the exit code. */
  run(call: Call<Specs, Form>): Promise<number>;
}

/** Whether something is so: always, or if a switch is given, or is not. */
export type Condition<Switch extends string = string> =
  | boolean
  | { with: Switch }
  | { without: Switch };

/** The options of a task, and how they are read: only commands that make runs load that. */
export interface TaskPart {
  specs: OptionSpecs;
  read(given: Readonly<Record<string, GivenValue>>): TaskChoices;
}

/** The arguments of a form: `<id> [text]` is `[string, string?]`. */
type Arguments<Form extends string> = string extends Form ? readonly string[]
  : Form extends "" ? []
  : Form extends `${infer First} ${infer Rest}`
    ? [...Arguments<First>, ...Arguments<Rest>]
  : Form extends `${string}...` ? readonly string[]
  : Form extends `[${string}]` ? [string?]
  : [string];

/** One call of a command. */
export interface Call<
  Specs extends OptionSpecs = OptionSpecs,
  Form extends string = string,
> extends CommonCall {
  args: Arguments<Form>;
  options: OptionValues<Specs> & CommonOptions;
  /** What stands behind `--`, of a command that passes it on. */
  rest: readonly string[];
  /** The options of a task. */
  choices: TaskChoices;
}

/** What the calls of all commands have. */
export interface CommonCall {
  options: CommonOptions;
  caller: Caller;
  /** Data, to stdout. */
  print(text: string): void;
  /** Words, to stderr. */
  say(text: string): void;
  /** The workspace of the call, opened at first use. */
  workspace(): Promise<Workspace>;
  /** The workspace and the caller. */
  fleet(): Promise<FleetContext>;
}

/** Declares a command: its `run` gets arguments and options as they are declared here. */
export function command<
  const Specs extends OptionSpecs,
  const Form extends string,
>(declared: Command<Specs, Form>): Command;
export function command(declared: Command): Command {
  return declared;
}

/** What tmux starts finds the state of a workspace by the HOME of its caller. */
export const HOME_OPTION = { home: text("DIR", "the caller's HOME") };

/** Options that every command has. */
export const COMMON_OPTIONS = {
  workspace: text(
    "DIR",
    "the workspace to use (else AI_ORCH_HOME, the nearest .ai-orch, ~/.ai-orch)",
  ),
  json: flag("print data, and errors, as JSON"),
  help: flag("show this help", "h"),
};

type CommonOptions = OptionValues<typeof COMMON_OPTIONS>;

/** All options of a command by their names, in the order in which its help shows them. */
export function optionsOf({ options, task }: Command): OptionSpecs {
  return { ...options, ...task?.specs, ...COMMON_OPTIONS };
}
