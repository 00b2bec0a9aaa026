import type { OptionSpec } from "./options.ts";

/** The call is wrong: Codex says so on stderr and exits with 2. */
export class WrongUsage extends Error {
  override name = "WrongUsage";
}

/** Options by their long names, and the other words. */
export interface ParsedWords {
  flags: Set<string>;
  values: Map<string, string[]>;
  words: string[];
  /** What follows the word that ended the parsing, if one did. */
  rest?: string[];
}

/** How to parse; a refusal shows `usage`. */
export interface ParseSettings {
  options: OptionSpec[];
  usage: string;
  /** How many words that are not options there may be. */
  mostWords: number;
  /** The first word that ends the parsing: the rest belongs to a subcommand. */
  subcommands?: string[];
}

/** Parses words as clap does in Codex. Throws {@linkcode WrongUsage} with Codex's own wording. */
export function parseWords(
  args: string[],
  settings: ParseSettings,
): ParsedWords {
  const parsed: ParsedWords = {
    flags: new Set(),
    values: new Map(),
    words: [],
  };
  let optionsEnded = false;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (!optionsEnded && arg === "--") {
      optionsEnded = true;
    } else if (!optionsEnded && arg.startsWith("-") && arg !== "-") {
      index = parseOption(args, index, settings, parsed);
    } else {
      if (
        !optionsEnded && parsed.words.length === 0 &&
        settings.subcommands?.includes(arg)
      ) {
        parsed.words.push(arg);
        parsed.rest = args.slice(index + 1);
        return parsed;
      }
      if (parsed.words.length === settings.mostWords) {
        throw refusal(`unexpected argument '${arg}' found`, settings);
      }
      parsed.words.push(arg);
    }
  }
  return parsed;
}

/** Takes the option at `index` and returns the index of its last word. */
function parseOption(
  args: string[],
  index: number,
  settings: ParseSettings,
  parsed: ParsedWords,
): number {
  const arg = args[index] ?? "";
  const long = /^--([^=]+)(?:=(.*))?$/s.exec(arg);
  const name = long ? long[1] : arg[1];
  const option = settings.options.find((candidate) =>
    long ? candidate.long === name : candidate.short === name
  );
  if (!option) {
    const shown = long ? `--${name}` : `-${name}`;
    throw refusal(
      `unexpected argument '${shown}' found\n\n  tip: to pass '${shown}' as a value, use '-- ${shown}'`,
      settings,
    );
  }
  const shown = describe(option);
  if (
    !option.repeatable &&
    (parsed.flags.has(option.long) || parsed.values.has(option.long))
  ) {
    throw refusal(
      `the argument '${shown}' cannot be used multiple times`,
      settings,
    );
  }
  if (option.value === undefined) {
    if (long?.[2] !== undefined) {
      throw refusal(
        `unexpected value '${
          long[2]
        }' for '${shown}' found; no more were expected`,
        settings,
      );
    }
    parsed.flags.add(option.long);
    if (long || arg.length === 2) return index;
    // Short flags may be written together.
    return parseOption(
      [`-${arg.slice(2)}`, ...args.slice(index + 1)],
      0,
      settings,
      parsed,
    ) + index;
  }
  const attached = long
    ? long[2]
    : arg.length > 2
    ? arg.slice(2).replace(/^=/, "")
    : undefined;
  const values = attached === undefined ? [] : [attached];
  let last = index;
  if (attached === undefined) {
    const most = option.several ? Infinity : 1;
    while (
      values.length < most && last + 1 < args.length &&
      isValue(args[last + 1] ?? "")
    ) {
      values.push(args[++last] ?? "");
    }
  }
  if (values.length === 0) {
    throw new WrongUsage(
      `a value is required for '${shown}' but none was supplied`,
    );
  }
  checkChoice(option, values[0] ?? "");
  parsed.values.set(option.long, [
    ...(parsed.values.get(option.long) ?? []),
    ...values,
  ]);
  return last;
}

function isValue(word: string): boolean {
  return word === "-" || !word.startsWith("-");
}

function checkChoice(option: OptionSpec, value: string): void {
  if (option.choices && !option.choices.includes(value)) {
    throw new WrongUsage(
      `invalid value '${value}' for '${
        describe(option)
      }'\n  [possible values: ${option.choices.join(", ")}]`,
    );
  }
  if (option.long === "profile" && !/^[\w-]+$/.test(value)) {
    throw new WrongUsage(
      `invalid value '${value}' for '${
        describe(option)
      }': invalid --profile value \`${value}\`; pass a plain name such as \`work\``,
    );
  }
}

/** `--sandbox <SANDBOX_MODE>`. */
export function describe(option: OptionSpec): string {
  return `--${option.long}${
    option.value ? ` <${option.value}>${option.several ? "..." : ""}` : ""
  }`;
}

function refusal(message: string, settings: ParseSettings): WrongUsage {
  return new WrongUsage(`${message}\n\n${settings.usage}`);
}
