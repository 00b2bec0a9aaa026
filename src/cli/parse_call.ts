import type { TaskChoices } from "../task/task_option_rows.ts";
import { usageError } from "../system/errors.ts";
import { readOptions, sortWords } from "../terminal/parse_options.ts";
import {
  type Call,
  type Command,
  COMMON_OPTIONS,
  optionsOf,
} from "./command.ts";

/** What the words of a call mean. */
export type ParsedCall = Pick<Call, "args" | "rest" | "options" | "choices">;

const NO_CHOICES: TaskChoices = {};

/**
 * Reads the words after a command's name; `null` if they ask for its help.
 * Throws a `usage` error for anything that the command does not take.
 */
export function parseCall(
  command: Command,
  words: readonly string[],
): ParsedCall | null {
  const { name, action, task, passesOn } = command;
  const specs = optionsOf(command);
  const { args, rest, given } = sortWords(specs, words, `agentctl ${name}`);
  if (given["help"]) return null;
  const all = passesOn ? args : [...args, ...rest];
  checkArguments(command, all, given);
  return {
    args: all,
    rest: passesOn ? rest : [],
    options: readOptions(
      { ...command.options, ...COMMON_OPTIONS },
      given,
      action,
    ),
    choices: task?.read(given) ?? NO_CHOICES,
  };
}

function checkArguments(
  command: Command,
  args: readonly string[],
  given: object,
): void {
  const { args: form, argsOr } = command;
  const places = form === "" ? [] : form.split(" ");
  const needed = places.filter((place) => place.startsWith("<"));
  const least = argsOr === undefined
    ? needed.length
    : argsOr in given
    ? 0
    : places.length;
  const most = form.endsWith("...") ? Infinity : places.length;
  if (args.length >= least && args.length <= most) return;
  throw usageError(
    `Cannot ${command.action}: ${wrongArguments(command, args)}`,
  );
}

/** What would be right. */
function wrongArguments(
  { name, args: form, argsHint }: Command,
  args: readonly string[],
): string {
  if (form === "") {
    const unexpected = `argument "${args[0]}" is unexpected`;
    return argsHint === undefined ? unexpected : `${unexpected}; ${argsHint}`;
  }
  if (argsHint !== undefined) return argsHint;
  if (form === "[dir]") return `give one folder, not ${args.length}`;
  const runs = form.endsWith("...") ? "a run" : "one run";
  return `name ${runs}, as in "agentctl ${name} @last"`;
}
