import { isFreeName } from "./free_name.ts";
import type { Command, Word } from "./shell_syntax.ts";

/**
 * Placeholders in a value for what is known only at run time. No text that is
 * read contains their character.
 */
export const UNKNOWN = {
  /** Ids of runs, or nothing, as one word. */
  ids: "\0ids\0",
  /** Ids of runs, a word for each, and no word for none. */
  splitIds: "\0split\0",
  /** The text of a file that is judged like a prompt file. */
  file: "\0file\0",
  /** An exit code. */
  number: "\0number\0",
  /** Any other words, such as those of workers. */
  words: "\0words\0",
  /** Nothing, because the variable does not exist. */
  nothing: "\0nothing\0",
} as const;

/** The variables of a command text. */
export interface Variables {
  /** Those of the environment. */
  env: Record<string, string>;
  /** Those that the text has set so far. */
  variables: Map<string, string>;
  /** Gets those that are used and do not exist. */
  missing: Set<string>;
}

/** Which unknown parts a value has. */
export function unknownsIn(value: string): string[] {
  return value.match(/\0[a-z]+\0/g) ?? [];
}

/** Throws: a text, or a part of it, is not understood. */
export function notUnderstood(): never {
  throw new Error("not understood");
}

/**
 * The value of a word, with {@linkcode UNKNOWN} for what is known only at run
 * time. `printed` says what a pipeline prints; `isAssigned`, that a variable
 * gets the value. Throws if it is not understood.
 */
export function valueOfWord(
  word: Word,
  around: Variables,
  printed: (commands: readonly Command[]) => string,
  isAssigned = false,
): string {
  let value = "";
  let hasPlace = false;
  for (const part of word) {
    if (hasPlace && /\.$/.test(value) && !/^(?:\/|$)/.test(String(part))) {
      // The name of the folder would become longer.
      return notUnderstood();
    }
    if (typeof part === "string") value += part;
    else if ("home" in part) value += homeOf(around);
    else if (isPlace(part)) {
      // A variable would keep it after a `cd`.
      if (isAssigned || !/^$|=$/.test(value)) notUnderstood();
      hasPlace = true;
      value += ".";
    } else {
      const inner = "prints" in part
        ? printed(part.prints)
        : valueOfVariable(part.variable, around);
      value += part.isQuoted || isAssigned ? inner : asSplit(inner);
    }
  }
  // Upwards, its name matters, which may be that of a link.
  return hasPlace && /\/\.\.(?:\/|$)/.test(value) ? notUnderstood() : value;
}

/** A value without quotes, which a shell splits into words and takes for patterns. */
function asSplit(value: string): string {
  if (value === UNKNOWN.ids) return UNKNOWN.splitIds;
  const isPlain = value === UNKNOWN.number || value === UNKNOWN.nothing ||
    /^[A-Za-z0-9_@+:,./-]+$/.test(value);
  return isPlain ? value : notUnderstood();
}

/** Whether a part is the folder of the shell, `"$PWD"` or `"$(pwd)"`. */
function isPlace(part: Exclude<Word[number], string>): boolean {
  if ("home" in part || !part.isQuoted) return false;
  if ("variable" in part) return part.variable === "PWD";
  const [command, ...more] = part.prints;
  return more.length === 0 && command?.input === null &&
    command.sets === null && command.words.length === 1 &&
    command.words[0]?.join() === "pwd";
}

function homeOf({ env }: Variables): string {
  const home = env["HOME"] ?? "";
  return home.startsWith("/") ? home : notUnderstood();
}

function valueOfVariable(name: string, around: Variables): string {
  const { env, variables, missing } = around;
  if (name === "?") return UNKNOWN.number;
  if (name === "HOME") return homeOf(around);
  const value = variables.get(name);
  if (value !== undefined) return value;
  // A shell may have its own, and the environment may have changed.
  if (!isFreeName(name, env)) notUnderstood();
  missing.add(name);
  return UNKNOWN.nothing;
}
