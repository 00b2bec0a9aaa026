import { parseArgs } from "@std/cli/parse-args";
import { closestString } from "@std/text";
import { usageError } from "../system/errors.ts";
import {
  type Command,
  COMMON_OPTIONS,
  type OptionSpec,
  type OptionValues,
} from "./command.ts";

/** The words of a call, sorted. */
export interface ParsedCall {
  args: string[];
  /** What stands behind `--`, of a command that passes it on. */
  rest: string[];
  options: OptionValues;
}

/**
 * Reads the words after a command's name. Options may stand before or after
 * arguments, as `--name value` or `--name=value`; `--` ends them. A value may
 * begin with a dash or be empty; of an option given twice the last one counts,
 * unless it is repeatable.
 * Throws a `usage` error for what the command does not know.
 */
export function parseCall(
  command: Command,
  words: readonly string[],
): ParsedCall {
  const specs = [...command.options, ...COMMON_OPTIONS];
  const { joined, values } = setValuesAside(command, specs, words);
  const parsed = parseArgs(joined, {
    string: [
      "_",
      ...specs.filter((spec) => spec.value).map(keyOf),
    ],
    boolean: specs.filter((spec) => !spec.value).map(keyOf),
    collect: specs.filter((spec) => spec.repeatable).map(keyOf),
    "--": true,
  });
  const options: OptionValues = {};
  for (const spec of specs) {
    const value = parsed[keyOf(spec)];
    if (!spec.value && value === true) options[spec.name] = true;
    if (!spec.value || value === undefined) continue;
    if (!Array.isArray(value)) options[spec.name] = values[Number(value)];
    else if (value.length > 0) {
      options[spec.name] = value.map((place) => values[Number(place)] ?? "");
    }
  }
  const args = parsed._.map(String);
  const rest = parsed["--"] ?? [];
  return command.passesOn
    ? { args, rest, options }
    : { args: [...args, ...rest], rest: [], options };
}

/** The name for `parseArgs`, which takes one that begins with `no-` for the opposite of another. */
function keyOf(spec: OptionSpec): string {
  return `option-${spec.name}`;
}

/**
 * Checks the options and gives each its full name and, for a value, the place
 * where it is kept: `parseArgs` loses empty values and takes a value that
 * begins with a dash for an option.
 */
function setValuesAside(
  command: Command,
  specs: readonly OptionSpec[],
  words: readonly string[],
): { joined: string[]; values: string[] } {
  const joined: string[] = [];
  const values: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") {
      joined.push(...words.slice(i));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      joined.push(word);
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
      // With its value, so that parseArgs takes no next word for it.
      joined.push(`--${keyOf(spec)}=true`);
      continue;
    }
    const value = inline ?? words[++i];
    if (value === undefined) {
      throw usageError(
        `Cannot use "${flag}": it needs a value, as in "${flag} ${spec.value}"`,
      );
    }
    joined.push(`--${keyOf(spec)}=${values.length}`);
    values.push(value);
  }
  return { joined, values };
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
