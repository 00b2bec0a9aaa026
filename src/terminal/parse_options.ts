import { suggestion } from "../text/suggestion.ts";
import { parseArgs } from "@std/cli/parse-args";
import { usageError } from "../system/errors.ts";
import {
  optionKey,
  type OptionSpecs,
  type OptionValues,
} from "./option_spec.ts";
import { type GivenValue, readValue } from "../text/option_value.ts";

/** The words of a call, sorted. */
export interface SortedWords {
  args: string[];
  /** What follows `--`. */
  rest: string[];
  /** The options that were given, by name. */
  given: Record<string, GivenValue>;
}

/**
 * Sorts the words of a call. Options may stand before or after arguments, as
 * `--name value` or `--name=value`; `--` ends them. A value may begin with a
 * dash or be empty; if an option is given twice, the last value counts, and for a
 * list all of them. Throws a `usage` error for an option that `program` does not have.
 */
export function sortWords(
  specs: OptionSpecs,
  words: readonly string[],
  program: string,
): SortedWords {
  const { options, args, rest } = joinValues(specs, words);
  const named = (kinds: (kind: string) => boolean) =>
    Object.keys(specs).filter((name) => kinds(specs[name]?.kind ?? ""));
  const parsed = parseArgs(options, {
    boolean: named((kind) => kind === "flag"),
    string: named((kind) => kind !== "flag"),
    collect: named((kind) => kind === "list"),
    unknown: (word) => {
      throw unknownOption(word, specs, program);
    },
  });
  const given: Record<string, GivenValue> = {};
  for (const name of Object.keys(specs)) {
    const value = parsed[name];
    if (value === true) given[name] = value;
    else if (typeof value === "string") given[name] = value.slice(1);
    else if (Array.isArray(value) && value.length > 0) {
      given[name] = value.map((text) => String(text).slice(1));
    }
  }
  return { args, rest, given };
}

/**
 * Joins each option with its value and tells options from arguments, which
 * `parseArgs` must not see: it would take "true" after a switch for its value.
 * It also loses empty values, so each gets a "=" before it.
 */
function joinValues(
  specs: OptionSpecs,
  words: readonly string[],
): Pick<SortedWords, "args" | "rest"> & { options: string[] } {
  const options: string[] = [];
  const args: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "--") return { options, args, rest: words.slice(i + 1) };
    if (!word.startsWith("-") || word === "-") {
      args.push(word);
      continue;
    }
    const [, flag = word, inline] = /^(--?[^-=][^=]*)(?:=(.*))?$/s.exec(word) ??
      [];
    const [name, spec] = Object.entries(specs).find(([name, { alias }]) =>
      flag === `--${name}` || alias !== undefined && flag === `-${alias}`
    ) ?? [];
    if (spec === undefined) {
      options.push(flag);
    } else if (spec.kind !== "flag") {
      const value = inline ?? words[++i];
      if (value === undefined) {
        throw usageError(
          `Cannot use "${flag}": it needs a value, as in "${flag} ${spec.value}"`,
        );
      }
      options.push(`--${name}==${value}`);
    } else if (inline === undefined) {
      options.push(`--${name}`);
    } else throw usageError(`Cannot use "${word}": --${name} takes no value`);
  }
  return { options, args, rest: [] };
}

function unknownOption(word: string, specs: OptionSpecs, program: string) {
  const near = suggestion(word.replace(/^-+/, ""), Object.keys(specs));
  const help = `see ${program} --help`;
  return usageError(
    `Cannot use "${word}": ${program} has no such option; ${
      near === null ? help : `did you mean "--${near}" (${help})`
    }`,
  );
}

/**
 * Reads options as given. `cannot` is what the call does, such as `resume`. Throws a
 * `usage` error for a value that its option does not take, and for a required option
 * that is missing.
 */
export function readOptions<Specs extends OptionSpecs>(
  specs: Specs,
  given: Readonly<Record<string, GivenValue>>,
  cannot: string,
): OptionValues<Specs> {
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = given[name] ?? (spec.kind === "flag" ? false : spec.preset);
    if (value !== undefined) {
      values[optionKey(name, spec)] = readValue(spec, `--${name}`, value);
    } else if (spec.required !== undefined) {
      throw usageError(`Cannot ${cannot}: ${spec.required}`);
    }
  }
  return values as OptionValues<Specs>;
}
