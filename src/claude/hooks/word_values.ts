import { isFreeName } from "./free_name.ts";
import type { Command, Word } from "./shell_syntax.ts";

/**
 * Placeholders in a value for what is known only at run time. No text that is
 * read contains their character.
 */
export const UNKNOWN = {
  /** Ids of runs, and nothing else. */
  ids: "\0ids\0",
  /** The text of a file that is judged like a prompt file. */
  file: "\0file\0",
  /** An exit code. */
  number: "\0number\0",
  /** Any other words, such as those of workers. */
  words: "\0words\0",
  /** Nothing, because the variable does not exist. */
  nothing: "\0nothing\0",
} as const;

/** Those that a shell leaves as they are without quotes, too. */
const PLAIN: readonly string[] = [
  UNKNOWN.ids,
  UNKNOWN.number,
  UNKNOWN.nothing,
];

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
  word.forEach((part, index) => {
    if (typeof part === "string") value += part;
    else if ("home" in part) value += homeOf(around);
    else if ("variable" in part && part.variable === "?") {
      value += UNKNOWN.number;
    } else if (isPlace(part)) {
      // Elsewhere it would have to be the very path.
      const rest = word.slice(index + 1).find((part) => part !== "");
      const isWhole = rest === undefined ||
        typeof rest === "string" && rest.startsWith("/");
      value += /^$|=$/.test(value) && isWhole ? "." : notUnderstood();
    } else {
      const inner = "prints" in part
        ? printed(part.prints)
        : valueOfVariable(part.variable, around);
      // Without quotes, a shell splits the value of an argument into words, and replaces patterns.
      const isPlain = PLAIN.includes(inner) ||
        /^[A-Za-z0-9_@+:,./-]+$/.test(inner);
      value += part.isQuoted || isAssigned || isPlain ? inner : notUnderstood();
    }
  });
  return value;
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
  if (name === "HOME") return homeOf(around);
  const value = variables.get(name);
  if (value !== undefined) return value;
  // A shell may have its own, and the environment may have changed.
  if (!isFreeName(name, env)) notUnderstood();
  missing.add(name);
  return UNKNOWN.nothing;
}
