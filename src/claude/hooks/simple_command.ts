/** One call of a program, as a shell would read it. */
export interface SimpleCommand {
  /** The words, without their quotes; the first is the program. */
  words: string[];
  /** The content of the here-document that follows, which is its standard input; `null` if none does. */
  heredoc: string | null;
}

/** Printable: ASCII, and otherwise letters, marks, numbers, punctuation and symbols. No controls, no other spaces. */
const PRINTABLE = /^[\x20-\x7e\p{L}\p{M}\p{N}\p{P}\p{S}]*$/u;

/**
 * Bare characters that are literal in every shell, and quotes in which nothing is
 * expanded, in any combination. History (`!`) is expanded in double quotes.
 */
const WORD = /(?:[A-Za-z0-9_@+:,./=-]|'[^']*'|"[^"$`\\!]*")+/y;

const HEREDOC = /<< ?(['"])([A-Za-z_][A-Za-z0-9_]*)\1 *$/y;

/** Controls except tab and line feed; carriage returns would hide the end of a here-document. */
const CONTROL_IN_TEXT = /[^\P{Cc}\t\n]/u;

/**
 * Reads a command text that is exactly one simple command: plain words on one
 * line and at most one here-document, whose delimiter is quoted and which ends
 * where the text ends. `null` for everything else, including much that would be
 * harmless: this does not read what shells could read in two ways.
 */
export function parseSimpleCommand(text: string): SimpleCommand | null {
  const [line, body] = splitLine(text);
  if (!PRINTABLE.test(line)) return null;
  const words: string[] = [];
  let delimiter: string | null = null;
  for (let at = 0; at < line.length;) {
    const word = matchAt(WORD, line, at);
    if (word) {
      // zsh expands `=name` at the start of a word and after another "=".
      if (/^=|==/.test(word[0])) return null;
      words.push(unquote(word[0]));
      at += word[0].length;
    } else {
      const heredoc = words.length > 0 ? matchAt(HEREDOC, line, at) : null;
      if (!heredoc) return null;
      delimiter = heredoc[2] ?? "";
      break;
    }
    // Words are separated, so that `2<<` is not read as a word and an operator.
    const gap = /^ */.exec(line.slice(at))?.[0].length ?? 0;
    if (gap === 0 && at < line.length) return null;
    at += gap;
  }
  if (words.length === 0) return null;
  if (delimiter === null) {
    return body === null || body === "" ? { words, heredoc: null } : null;
  }
  const heredoc = body === null ? null : textUpTo(body, delimiter);
  return heredoc === null ? null : { words, heredoc };
}

/** The lines before the delimiter; `null` unless the first line that is the delimiter is the last line. */
function textUpTo(body: string, delimiter: string): string | null {
  if (CONTROL_IN_TEXT.test(body)) return null;
  const lines = body.replace(/\n$/, "").split("\n");
  const last = lines.length - 1;
  if (lines.indexOf(delimiter) !== last) return null;
  return lines.slice(0, last).map((line) => `${line}\n`).join("");
}

function unquote(word: string): string {
  return word.replace(/'([^']*)'|"([^"]*)"/g, "$1$2");
}

function matchAt(
  pattern: RegExp,
  text: string,
  at: number,
): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function splitLine(text: string): [string, string | null] {
  const end = text.indexOf("\n");
  return end < 0 ? [text, null] : [text.slice(0, end), text.slice(end + 1)];
}
