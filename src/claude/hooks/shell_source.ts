import type { Command } from "./shell_syntax.ts";

/** A text that is being read, and the position. Its methods throw where the text is not understood. */
export interface Source {
  /** Matches a sticky pattern here and moves past it; `null` if it does not match. */
  take(pattern: RegExp): RegExpExecArray | null;
  /** Moves back before what was taken. */
  goBack(taken: string): void;
  /** The next character; empty at the end. */
  peek(): string;
  fail(): never;
  /** Skips blanks and continued lines; says whether there were any. */
  skipBlanks(): boolean;
  /** Skips a comment, if one begins here. */
  skipComment(): void;
  /** Skips empty lines, comments, and the here-documents that begin here. */
  skipLines(): void;
  /** Whether a command may end here. */
  isAtBreak(): boolean;
  /** Whether the text, or the substitution, ends here. */
  isAtEnd(): boolean;
  /** Reads the text of a here-document, which begins on the next line. */
  expect(document: Document): void;
  /** Allows a line break inside a word: no here-document may begin there. */
  breakLine(): void;
  /** Reads what is in a substitution, and its closing bracket. */
  within<T>(read: () => T): T;
  /** Reads `$(…)` from the bracket on. */
  substitution(): Command[];
}

/** A here-document whose text has not been read yet. */
export interface Document {
  delimiter: string;
  isQuoted: boolean;
  stripsTabs: boolean;
  /** Gets its text. */
  input: { text: string };
}

/** How the shell that will run a text differs from today's. */
export interface ShellTraits {
  /** Whether it looks for the end of a substitution without reading what is inside, as bash 3.2 of macOS does. */
  isOld?: boolean;
}

/** Printable: ASCII, and otherwise letters, marks, numbers, punctuation and symbols. No controls, no other spaces. */
export const PRINTABLE = "\\x20-\\x7e\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}";

const COMMENT = new RegExp(`#[${PRINTABLE}\\t]*(?=\\n|$)`, "uy");

/** Controls except tab and line feed; carriage returns would hide the end of a here-document. */
const CONTROL_IN_TEXT = /[^\P{Cc}\t\n]/u;

/** Starts to read a text. */
export function source(
  text: string,
  { isOld = false }: ShellTraits,
  readSubstitution: (from: Source) => Command[],
): Source {
  let at = 0;
  let documents: Document[] = [];
  let depth = 0;
  const fail = (): never => {
    throw new Error(`not understood at ${at}`);
  };
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    at += match?.[0].length ?? 0;
    return match;
  };
  const peek = () => text.charAt(at);
  /** Reads lines up to the one that is the delimiter. */
  const readDocument = (
    { delimiter, isQuoted, stripsTabs, input }: Document,
  ) => {
    for (;;) {
      if (at >= text.length) fail();
      const newline = text.indexOf("\n", at);
      const end = newline < 0 ? text.length : newline;
      const whole = text.slice(at, end);
      const line = stripsTabs ? whole.replace(/^\t+/, "") : whole;
      at = newline < 0 ? end : end + 1;
      if (line === delimiter) break;
      // In a substitution, bash takes `WORD)` for its end, and `WORD … )` as well.
      if (depth > 0 && line.startsWith(delimiter)) fail();
      input.text += `${line}\n`;
    }
    if (CONTROL_IN_TEXT.test(input.text)) fail();
    // What a shell would expand.
    if (!isQuoted && /[$`\\]/.test(input.text)) fail();
  };
  const from: Source = {
    take,
    goBack: (taken) => void (at -= taken.length),
    peek,
    fail,
    skipBlanks() {
      const start = at;
      while (take(/[ \t]+|\\\n/y)) {
        // A here-document would begin after the continued line.
        if (text.charAt(at - 1) === "\n" && documents.length > 0) fail();
      }
      return at > start;
    },
    skipComment() {
      if (peek() === "#") take(COMMENT);
    },
    skipLines() {
      for (;;) {
        from.skipBlanks();
        from.skipComment();
        if (!take(/\n/y)) break;
        const begun = documents;
        documents = [];
        begun.forEach(readDocument);
      }
    },
    isAtBreak: () => /^[\n;&|]?$/.test(peek()) || from.isAtEnd(),
    isAtEnd() {
      const ends = depth > 0 ? peek() === ")" : at >= text.length;
      if (ends && documents.length > 0) fail();
      return ends;
    },
    expect: (document) => void documents.push(document),
    breakLine() {
      if (documents.length > 0) fail();
    },
    within(read) {
      if (documents.length > 0) fail();
      const start = at;
      depth++;
      const result = read();
      depth--;
      if (isOld && text.slice(start, at).includes("\n")) fail();
      return take(/\)/y) ? result : fail();
    },
    substitution: () => readSubstitution(from),
  };
  return from;
}
