import type { FleetContext } from "../workspace/context.ts";
import type { TaskChoices } from "../task/task_option_rows.ts";
import {
  flag,
  type OptionSpecs,
  type OptionValues,
  text,
} from "../terminal/option_spec.ts";
import type { GivenValue } from "../text/option_value.ts";
import type { Caller, Workspace } from "../workspace/workspace.ts";

/** A command as users see it; each has a file in this folder. */
export interface Command<
  Specs extends OptionSpecs = OptionSpecs,
  Form extends string = string,
> {
  name: string;
  /** One line, for the list of commands. */
  summary: string;
  /** How to call it, without the program's name, where arguments and options do not show that. */
  usage?: string;
  /** What it does, in a paragraph or two. */
  description: string;
  /** What it does, as messages say after "Cannot". */
  action: string;
  /** The arguments it takes: `<id>`, `[dir]`, `<id>...`, separated by spaces. */
  args: Form;
  /** What a message says about wrong arguments, or adds after naming an unexpected one. */
  argsHint?: string;
  /** The option that may replace the arguments, which are required without it. */
  argsOr?: keyof Specs & string;
  options: Specs;
  /** Whether it starts a run, and has the options of a task as well. */
  task?: TaskPart;
  examples: readonly string[];
  /** Whether it only reads: the write permission is dropped before it runs. */
  readOnly?: Condition<keyof OptionValues<Specs> & string>;
  /** Whether it is of use where neither tmux can be reached nor the state be written; one that only reads is. */
  inSandbox?: boolean;
  /** Whether it moves the queue: runs that can start are started first. */
  movesQueue?: Condition<keyof OptionValues<Specs> & string>;
  /** Whether what follows `--` is for another program, and not an argument. */
  passesOn?: boolean;
  /** Whether options and `--` are passed on uninterpreted. */
  raw?: boolean;
  /** Does the work; returns the exit code. */
  run(call: Call<Specs, Form>): Promise<number>;
}

/** Whether something applies: always, or if a switch is given, or if none of some options is. */
export type Condition<Switch extends string = string> =
  | boolean
  | { with: Switch }
  | { without: Switch | readonly Switch[] };

/** The options of a task, and how they are read; only commands that start runs load this. */
export interface TaskPart {
  specs: OptionSpecs;
  read(given: Readonly<Record<string, GivenValue>>): TaskChoices;
}

/** The arguments that a form declares: `<id> [text]` is `[string, string?]`. */
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
  /** What follows `--`, for a command that passes it on. */
  rest: readonly string[];
  /** The options of a task. */
  choices: TaskChoices;
}

/** What every call has, whatever the command. */
export interface CommonCall {
  options: CommonOptions;
  caller: Caller;
  /** Prints data to stdout. */
  print(text: string): void;
  /** Prints messages to stderr. */
  say(text: string): void;
  /** The workspace of the call, opened on first use. */
  workspace(): Promise<Workspace>;
  /** The workspace and the caller. */
  fleet(): Promise<FleetContext>;
}

/** Declares a command: its `run` gets arguments and options as declared here. */
export function command<
  const Specs extends OptionSpecs,
  const Form extends string,
>(declared: Command<Specs, Form>): Command;
export function command(declared: Command): Command {
  return declared;
}

/** Lets processes that tmux starts find the state of a workspace by the caller's HOME. */
export const HOME_OPTION = { home: text("DIR", "the caller's HOME") };

/** For words that name no run by its id. */
export const EVERYONE = flag(
  "the runs of everybody, not only of this session of Claude Code",
);

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

/** All options of a command by name, in the order in which its help shows them. */
export function optionsOf({ options, task }: Command): OptionSpecs {
  return { ...options, ...task?.specs, ...COMMON_OPTIONS };
}
