import type { Caller, Workspace } from "../workspace/workspace.ts";
import type { FleetContext } from "../fleet/context.ts";

/** An option of a command. */
export interface OptionSpec {
  /** The name without dashes. */
  name: string;
  /** One letter. */
  alias?: string;
  /** The placeholder of its value; without one, the option is a switch. */
  value?: string;
  /** Given several times, all its values count, and not the last one alone. */
  repeatable?: boolean;
  help: string;
}

/** A command as the person sees it; a file of this folder for each. */
export interface Command {
  name: string;
  /** One line, for the list of commands. */
  summary: string;
  /** How to call it, without the program's name. */
  usage: string;
  /** What it does, in a paragraph or two. */
  description: string;
  options: readonly OptionSpec[];
  examples: readonly string[];
  /** It only looks: the write permission is dropped before it runs. */
  readOnly?: boolean | ((options: OptionValues) => boolean);
  /** Who looks moves the queue: what may start is started before anything else is done. */
  movesQueue?: boolean;
  /** What stands behind `--` is for another program, and not an argument. */
  passesOn?: boolean;
  /** Options and `--` are not interpreted. */
  raw?: boolean;
  /** Does the work; returns the exit code. */
  run(call: Call): Promise<number>;
}

/** The options as given: a string, several of one that is repeatable, or `true` for a switch. */
export type OptionValues = Record<
  string,
  string | readonly string[] | true | undefined
>;

/** One call of a command. */
export interface Call {
  args: string[];
  /** What stands behind `--`, of a command that passes it on. */
  rest: string[];
  options: OptionValues;
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

/** The value of an option that takes one. */
export function optionText(
  options: OptionValues,
  name: string,
): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** What tmux starts finds the state of a workspace by the HOME of its caller. */
export const HOME_OPTION: OptionSpec = {
  name: "home",
  value: "DIR",
  help: "the caller's HOME",
};

/** Options that every command has. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  {
    name: "workspace",
    value: "DIR",
    help:
      "the workspace to use (else AI_ORCH_HOME, the nearest .ai-orch, ~/.ai-orch)",
  },
  { name: "json", help: "print data, and errors, as JSON" },
  { name: "help", alias: "h", help: "show this help" },
];
