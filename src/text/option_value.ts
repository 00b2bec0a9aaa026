import { suggestion } from "./suggestion.ts";
import { usageError } from "../system/errors.ts";
import { DURATIONS, parseDuration } from "./duration.ts";
import { parsePercent, PERCENTS } from "./percent.ts";
import { parseTokenCount, TOKEN_COUNTS } from "./token_count.ts";
import { parseWholeNumber, type Range, wholeNumbers } from "./whole_number.ts";

/** What an option takes; `value` is the placeholder of its value in help. */
export type OptionKind =
  | { kind: "text" | "duration" | "tokens" | "percent"; value: string }
  | { kind: "number"; value: string } & Range
  | { kind: "choice"; value: string; choices: readonly string[] }
  | ListKind
  | FlagKind;

/** Words in one value, or in several if the option is given more than once. */
interface ListKind {
  kind: "list";
  value: string;
  /** What the words name. */
  of: "runs" | "profiles" | "labels" | "paths" | "servers" | "choices";
  /** The separators between the words; commas and spaces by default. */
  separator?: RegExp;
  /** The word that stands for an empty list. */
  none?: string;
  /** How many words there may be. */
  most?: number;
  /** What each word must match, and the same in words. */
  each?: { pattern: RegExp; words: string };
}

interface FlagKind {
  kind: "flag";
  /** The name of the opposite option. */
  opposite?: { name: string; help: string };
}

/** The type of a value of this kind once it is read; durations are in milliseconds. */
export type ValueOf<Kind extends OptionKind> = Kind extends { kind: "flag" }
  ? boolean
  : Kind extends { kind: "number" | "duration" | "tokens" | "percent" } ? number
  : Kind extends { kind: "list" } ? readonly string[]
  : Kind extends { kind: "choice"; choices: readonly (infer Choice)[] } ? Choice
  : string;

/** An option's value as the caller gave it: text on the command line, other types in JSON. */
export type GivenValue = string | number | boolean | readonly string[];

/**
 * Reads the value of an option. `label` is the name of the option in messages,
 * such as `--retry`. Throws a `usage` error that names the value and says what
 * the option takes.
 */
export function readValue(
  option: OptionKind,
  label: string,
  given: GivenValue,
): string | number | boolean | readonly string[] {
  switch (option.kind) {
    case "flag":
      return given === true;
    case "number":
      return parseWholeNumber(String(given), option) ??
        refuse(label, given, wholeNumbers(option));
    case "duration":
      return readDuration(label, given);
    case "tokens":
      return parseTokenCount(String(given)) ??
        refuse(label, given, TOKEN_COUNTS);
    case "percent":
      return parsePercent(String(given)) ?? refuse(label, given, PERCENTS);
    case "choice":
      return option.choices.find((choice) => choice === String(given)) ??
        refuse(
          label,
          given,
          wantedChoice(String(given), option.choices),
        );
    case "list":
      return readList(label, given, option);
    case "text":
      return String(given);
  }
}

/** Reads a duration, like {@linkcode readValue}. */
export function readDuration(label: string, given: GivenValue): number {
  return parseDuration(String(given)) ?? refuse(label, given, DURATIONS);
}

function readList(
  label: string,
  given: GivenValue,
  { of, separator, none, most = 100, each }: ListKind,
): readonly string[] {
  const texts = typeof given === "object" ? given : [String(given)];
  const all = texts.flatMap((text) => wordsOf(text, separator));
  // A profile may be tried twice, and two questions may get the same choice.
  const mayRepeat = of === "profiles" || of === "choices";
  const words = mayRepeat ? all : [...new Set(all)];
  if (none !== undefined && words.length === 1 && words[0] === none) return [];
  const odd = words.find((word) => each && !each.pattern.test(word));
  if (odd !== undefined) refuse(label, odd, each?.words ?? "");
  if (words.length > most) {
    throw usageError(
      `Cannot use ${label} with ${words.length} values: give at most ${most}`,
    );
  }
  return words;
}

/** The words of a list, separated by commas or spaces by default. */
export function wordsOf(text: string, separator = /[\s,]+/): string[] {
  return text.split(separator).map((word) => word.trim())
    .filter((word) => word !== "");
}

function refuse(label: string, given: GivenValue, words: string): never {
  throw usageError(`Cannot use ${label} "${given}": give ${words}`);
}

function wantedChoice(given: string, choices: readonly string[]): string {
  const near = suggestion(given, choices);
  return `one of ${choices.join(", ")}${
    near === null ? "" : ` (did you mean "${near}")`
  }`;
}
