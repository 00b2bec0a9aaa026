/** The commands of a shell script, including nested ones, as far as they can be read without running it. */
export interface Script {
  /** The words of each simple command, without quotes and redirections; anything known only at run time is a `*`. */
  commands: string[][];
  /** Texts that a command reads as input: here-documents and here-strings. */
  texts: string[];
}

/** What stands for the value of an expansion. */
export const UNKNOWN = "*";

/**
 * Reads a script. It need not get every text right: the caller wants to know
 * which programs are named, and asks the user about what it cannot read. Throws
 * an `Error` for unclosed quotes and brackets.
 */
export function readScript(source: string): Script {
  const script: Script = { commands: [], texts: [] };
  readCommands(source, 0, null, script);
  return script;
}

/** A here-document whose text follows the line. */
interface Pending {
  delimiter: string;
  isQuoted: boolean;
  stripsTabs: boolean;
}

/** Reads commands up to the closing bracket, or the end; returns the position after it. */
function readCommands(
  source: string,
  from: number,
  closing: ")" | null,
  script: Script,
): number {
  let words: string[] = [];
  let word: string | null = null;
  let pending: Pending[] = [];
  let depth = 0;
  /** What the next word is, if it does not belong to the command. */
  let next: "target" | "text" | null = null;
  const endWord = () => {
    if (word === null) return;
    if (next === "text") script.texts.push(word);
    else if (next === null) words.push(word);
    word = null;
    next = null;
  };
  const endCommand = () => {
    endWord();
    next = null;
    if (words.length > 0) script.commands.push(words);
    words = [];
  };
  for (let at = from; at < source.length;) {
    const char = source.charAt(at);
    const quoted = readQuoted(source, at, script);
    if (quoted !== null) {
      word = (word ?? "") + quoted.text;
      at = quoted.end;
    } else if (char === "\n") {
      endCommand();
      at++;
      for (const document of pending) {
        at = readDocument(source, at, document, script);
      }
      pending = [];
    } else if (char === " " || char === "\t") {
      endWord();
      at++;
    } else if (char === "#" && word === null) {
      const end = source.indexOf("\n", at);
      at = end < 0 ? source.length : end;
    } else if (char === "<" || char === ">") {
      // The number of a descriptor is not a word.
      if (word !== null && /^\d+$/.test(word)) word = null;
      endWord();
      const operator = /^(?:<<<|<<-?|<\(|>\(|[<>]{1,2}[|&]?|<>)/
        .exec(source.slice(at, at + 3))?.[0] ?? char;
      at += operator.length;
      if (operator === "<(" || operator === ">(") {
        at = readCommands(source, at, ")", script);
        word = UNKNOWN;
      } else if (operator === "<<" || operator === "<<-") {
        const { end, ...document } = readDelimiter(source, at);
        pending.push({ ...document, stripsTabs: operator === "<<-" });
        at = end;
      } else {
        next = operator === "<<<" ? "text" : "target";
      }
    } else if (char === ")") {
      endCommand();
      at++;
      if (depth > 0) depth--;
      else if (closing === ")") return at;
    } else if (";&|(".includes(char)) {
      endCommand();
      if (char === "(") depth++;
      at++;
    } else {
      word = (word ?? "") + char;
      at++;
    }
  }
  if (closing !== null) throw new Error("a bracket is not closed");
  endCommand();
  return source.length;
}

/** Reads what is quoted, escaped or expanded at a position; `null` if nothing is. */
function readQuoted(
  source: string,
  at: number,
  script: Script,
): { text: string; end: number } | null {
  const char = source.charAt(at);
  if (char === "\\") {
    const escaped = source.charAt(at + 1);
    return { text: escaped === "\n" ? "" : escaped, end: at + 2 };
  }
  if (char === "'") {
    const end = find(source, "'", at + 1);
    return { text: source.slice(at + 1, end), end: end + 1 };
  }
  if (char === '"') return readDouble(source, at + 1, script);
  if (char === "`" || char === "$") return readExpansion(source, at, script);
  return null;
}

function readDouble(
  source: string,
  from: number,
  script: Script,
): { text: string; end: number } {
  let text = "";
  for (let at = from; at < source.length;) {
    const char = source.charAt(at);
    if (char === '"') return { text, end: at + 1 };
    if (char === "\\") {
      const escaped = source.charAt(at + 1);
      if (escaped !== "\n") {
        text += '$`"\\'.includes(escaped) ? escaped : char + escaped;
      }
      at += 2;
    } else if (char === "`" || char === "$") {
      const expansion = readExpansion(source, at, script, true);
      text += expansion.text;
      at = expansion.end;
    } else {
      text += char;
      at++;
    }
  }
  throw new Error("a quote is not closed");
}

/** Reads an expansion, and the commands in it. */
function readExpansion(
  source: string,
  at: number,
  script: Script,
  inQuotes = false,
): { text: string; end: number } {
  if (source.charAt(at) === "`") {
    let end = at + 1;
    while (source.charAt(end) !== "`") {
      if (end >= source.length) throw new Error("a backtick is not closed");
      end += source.charAt(end) === "\\" ? 2 : 1;
    }
    const inner = source.slice(at + 1, end).replaceAll(/\\([\\`$])/g, "$1");
    readCommands(inner, 0, null, script);
    return { text: UNKNOWN, end: end + 1 };
  }
  const rest = source.slice(at + 1, at + 2);
  if (rest === "(") {
    return { text: UNKNOWN, end: readCommands(source, at + 2, ")", script) };
  }
  if (rest === "{") {
    let end = at + 2;
    while (source.charAt(end) !== "}") {
      if (end >= source.length) throw new Error("a brace is not closed");
      end = readQuoted(source, end, script)?.end ?? end + 1;
    }
    return { text: UNKNOWN, end: end + 1 };
  }
  if (rest === "'" && !inQuotes) return readEscapes(source, at + 2);
  if (rest === '"' && !inQuotes) return readDouble(source, at + 2, script);
  const name = /^[A-Za-z_][A-Za-z0-9_]*|^[0-9@*#?$!-]/
    .exec(source.slice(at + 1, at + 200))?.[0];
  return name === undefined
    ? { text: "$", end: at + 1 }
    : { text: UNKNOWN, end: at + 1 + name.length };
}

/** Reads `$'…'`; characters that are written as numbers stay as they are. */
function readEscapes(
  source: string,
  from: number,
): { text: string; end: number } {
  let end = from;
  while (source.charAt(end) !== "'") {
    if (end >= source.length) throw new Error("a quote is not closed");
    end += source.charAt(end) === "\\" ? 2 : 1;
  }
  return { text: source.slice(from, end), end: end + 1 };
}

function readDelimiter(
  source: string,
  from: number,
): { delimiter: string; isQuoted: boolean; end: number } {
  const start = from + (/^[ \t]*/.exec(source.slice(from))?.[0].length ?? 0);
  let end = start;
  let delimiter = "";
  let isQuoted = false;
  while (end < source.length && !/[\s;&|<>()]/.test(source.charAt(end))) {
    const quoted = /['"\\]/.test(source.charAt(end))
      ? readQuoted(source, end, { commands: [], texts: [] })
      : null;
    delimiter += quoted?.text ?? source.charAt(end);
    isQuoted ||= quoted !== null;
    end = quoted?.end ?? end + 1;
  }
  return { delimiter, isQuoted, end };
}

/** Reads the text of a here-document from the beginning of a line; returns the position after it. */
function readDocument(
  source: string,
  from: number,
  { delimiter, isQuoted, stripsTabs }: Pending,
  script: Script,
): number {
  let at = from;
  let text = "";
  while (at < source.length) {
    const newline = source.indexOf("\n", at);
    const end = newline < 0 ? source.length : newline;
    const line = source.slice(at, end);
    at = Math.min(end + 1, source.length);
    if ((stripsTabs ? line.replace(/^\t+/, "") : line) === delimiter) break;
    text += `${line}\n`;
  }
  script.texts.push(text);
  if (!isQuoted) readExpansionsOf(text, script);
  return at;
}

/** The commands in the expansions of a text in which quotes mean nothing. */
function readExpansionsOf(text: string, script: Script): void {
  for (let at = 0; at < text.length;) {
    const char = text.charAt(at);
    if (char === "\\") at += 2;
    else if (char === "`" || char === "$") {
      at = readExpansion(text, at, script, true).end;
    } else at++;
  }
}

function find(source: string, text: string, from: number): number {
  const at = source.indexOf(text, from);
  if (at < 0) throw new Error("a quote is not closed");
  return at;
}
