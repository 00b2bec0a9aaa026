import { closestString } from "@std/text";
import { usageError } from "../system/errors.ts";
import {
  type Command,
  COMMON_OPTIONS,
  type OptionSpec,
  type OptionValues,
} from "./command.ts";

/**
 * Reads the words after a command's name. Options may stand before or after
 * arguments, as `--name value` or `--name=value`; `--` ends them. A value may
 * begin with a dash or be empty; of an option given twice the last one counts.
 * Throws a `usage` error for what the command does not know.
 *
 * `parseArgs` of `@std/cli` is not used: it loses empty values, and takes a
 * value that begins with a dash for an option.
 */
export function parseCall(
  command: Command,
  words: readonly string[],
): { args: string[]; options: OptionValues } {
  const specs = [...command.options, ...COMMON_OPTIONS];
  const args: string[] = [];
  const options: OptionValues = {};
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") {
      args.push(...words.slice(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      args.push(word);
      continue;
    }
    const [flag, inline] = splitOnce(word, "=");
    const spec = specs.find((spec) =>
      flag === `--${spec.name}` || spec.alias && flag === `-${spec.alias}`
    );
    if (!spec) throw unknownOption(command, specs, flag);
    if (!spec.value) {
      if (inline !== undefined) {
        throw usageError(`Cannot use "${word}": --${spec.name} takes no value`);
      }
      options[spec.name] = true;
      continue;
    }
    const value = inline ?? words[++i];
    if (value === undefined) {
      throw usageError(
        `Cannot use "${flag}": it needs a value, as in "${flag} ${spec.value}"`,
      );
    }
    options[spec.name] = value;
  }
  return { args, options };
}

function unknownOption(
  command: Command,
  specs: readonly OptionSpec[],
  flag: string,
): Error {
  const near = closestString(flag, specs.map((spec) => `--${spec.name}`));
  return usageError(
    `Cannot use "${flag}": agentctl ${command.name} has no such option; did you mean "${near}" (see agentctl ${command.name} --help)`,
  );
}

function splitOnce(
  text: string,
  separator: string,
): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0
    ? [text, undefined]
    : [text.slice(0, at), text.slice(at + separator.length)];
}
