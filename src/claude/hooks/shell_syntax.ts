/** A pipeline of a list. */
export interface Step {
  /** Its commands, each of which reads what the one before prints. */
  commands: Command[];
  /** What follows: `&&`, `||`, `;` or a line break, `&`, or the end. */
  then: "&&" | "||" | ";" | "&" | "";
}

/** A simple command. */
export interface Command {
  /** The variable that it sets; its only word is the value then. */
  sets: string | null;
  words: Word[];
  /** What it reads instead of its usual input. */
  input: Input | null;
  /** Whether its output goes elsewhere, or is mixed with its errors. */
  isRedirected: boolean;
}

/** The input of a command: a text, a file, or nothing (`/dev/null`). */
export type Input = { text: string } | { file: Word } | { nothing: true };

/** A word of a command, in parts. */
export type Word = Part[];

/** A part of a word: text without its quotes, the value of a variable, what a pipeline prints, or the home folder (`~`). */
export type Part =
  | string
  | { variable: string; isQuoted: boolean }
  | { prints: Command[]; isQuoted: boolean }
  | { home: true };
