import { columnsOf } from "./columns_of.ts";
import { replaceFloods, showUnseen } from "./unseen.ts";

/** What {@linkcode stripControls} leaves in the text. */
export interface StripOptions {
  /** Whether to keep line breaks as `\n`; otherwise each becomes a space. */
  keepNewlines?: boolean;
  /** Whether to keep tabs; otherwise each becomes a space. */
  keepTabs?: boolean;
  /** Whether to keep invisible characters, for callers that inspect them and then use {@linkcode showUnseen}. */
  keepUnseen?: boolean;
}

// Everything that a terminal may act on: C0, DEL, C1, line separators, lone surrogates.
const SUSPECT = /[\p{Cc}\p{Cs}\u2028\u2029]/gu;
const CONTROL = /\p{Cc}/gu;
// A control string ends at BEL, ST, CAN or SUB, and an ESC begins something new (ECMA-48, xterm).
const STRING_END = "\x07\x18\x1a\x1b\x9c";
const ESC = 0x1b;

/**
 * Makes text from a model or a tool harmless for a terminal: removes every
 * escape sequence (7-bit, 8-bit, and truncated) and every other control character,
 * replaces lone surrogates, and shows invisible characters ({@linkcode showUnseen}).
 * `\r\n` and `\r` count as line breaks. An unterminated control string swallows its
 * line, not the rest of the text. Takes time linear in the length of the text.
 */
export function stripControls(
  text: string,
  options: StripOptions = {},
): string {
  const plain = withoutControls(text, options);
  return options.keepUnseen ? plain : showUnseen(plain);
}

function withoutControls(text: string, options: StripOptions): string {
  const newline = options.keepNewlines ? "\n" : " ";
  const tab = options.keepTabs ? "\t" : " ";
  const parts: string[] = [];
  let clean = 0;
  // Without this, many unterminated openers would each scan to the end of the text.
  let stringsHaveEnd = true;

  function skipString(from: number): number {
    if (stringsHaveEnd) {
      const end = findStringEnd(text, from);
      if (end !== undefined) return end;
      stringsHaveEnd = false;
    }
    let index = from;
    while (
      index < text.length && text[index] !== "\n" && text[index] !== "\r"
    ) {
      index++;
    }
    return index;
  }

  SUSPECT.lastIndex = 0;
  for (let match = SUSPECT.exec(text); match; match = SUSPECT.exec(text)) {
    const start = match.index;
    const code = text.charCodeAt(start);
    let next = start + 1;
    let replacement = "";
    if (code >= 0xd800 && code <= 0xdfff) {
      replacement = "\ufffd";
    } else if (code === 0x0a || code === 0x2028 || code === 0x2029) {
      replacement = newline;
    } else if (code === 0x0d) {
      replacement = newline;
      if (text.charCodeAt(next) === 0x0a) next++;
    } else if (code === 0x09) {
      replacement = tab;
    } else if (code === ESC) {
      next = skipEscape(text, start, skipString);
    } else if (code === 0x9b) {
      next = skipControlSequence(text, next);
    } else if (isStringOpener(code - 0x40)) {
      next = skipString(next);
    }
    parts.push(text.slice(clean, start), replacement);
    clean = next;
    SUSPECT.lastIndex = next;
  }
  if (parts.length === 0) return text;
  parts.push(text.slice(clean));
  return parts.join("");
}

/** The index after the control string whose text begins at `from`, or `undefined` if it has no end. */
function findStringEnd(text: string, from: number): number | undefined {
  CONTROL.lastIndex = from;
  for (let match = CONTROL.exec(text); match; match = CONTROL.exec(text)) {
    if (!STRING_END.includes(match[0])) continue;
    if (match[0] !== "\x1b") return match.index + 1;
    return text[match.index + 1] === "\\" ? match.index + 2 : match.index;
  }
  return undefined;
}

/** The index after the escape sequence that begins at `start`. */
function skipEscape(
  text: string,
  start: number,
  skipString: (from: number) => number,
): number {
  const code = text.charCodeAt(start + 1);
  if (code === 0x5b) return skipControlSequence(text, start + 2);
  if (isStringOpener(code)) return skipString(start + 2);
  let index = start + 1;
  while (isBetween(text.charCodeAt(index), 0x20, 0x2f)) index++;
  return isBetween(text.charCodeAt(index), 0x30, 0x7e) ? index + 1 : index;
}

/** The index after the parameters, intermediates and final character of a CSI. */
function skipControlSequence(text: string, from: number): number {
  let index = from;
  while (isBetween(text.charCodeAt(index), 0x30, 0x3f)) index++;
  while (isBetween(text.charCodeAt(index), 0x20, 0x2f)) index++;
  return isBetween(text.charCodeAt(index), 0x40, 0x7e) ? index + 1 : index;
}

/** DCS, SOS, OSC, PM and APC, by the character that follows ESC. */
function isStringOpener(code: number): boolean {
  return code === 0x50 || code === 0x58 || code === 0x5d || code === 0x5e ||
    code === 0x5f;
}

function isBetween(code: number, first: number, last: number): boolean {
  return code >= first && code <= last;
}

// Characters that JSON.stringify leaves alone although terminals act on them, nobody sees them, or a model may take them for a tag.
const UNESCAPED =
  /[<\x7f-\x9f\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;

/** JSON for a terminal and a model: `<`, DEL, C1, invisible characters and floods of marks become JSON escapes, which mean the same. */
export function escapeInJson(json: string): string {
  return replaceFloods(
    json.replace(UNESCAPED, jsonEscapes),
    (marks) => marks.map(jsonEscapes).join(""),
  );
}

function jsonEscapes(character: string): string {
  let escapes = "";
  for (let unit = 0; unit < character.length; unit++) {
    const code = character.charCodeAt(unit).toString(16).padStart(4, "0");
    escapes += `\\u${code}`;
  }
  return escapes;
}

/**
 * The text as one harmless line: controls removed, white space collapsed, and,
 * with `maxColumns`, cut to that many columns of the terminal with `…` at the end.
 */
export function oneLine(text: string, maxColumns = Infinity): string {
  const line = stripControls(text).replace(/\s+/g, " ").trim();
  return cutColumns(line, maxColumns);
}

/** Cuts a sanitized line to at most `maxColumns` columns, the last of which is `…`; spaces inside stay. */
export function cutColumns(line: string, maxColumns: number): string {
  if (maxColumns === Infinity) return line;
  if (maxColumns < 1) return "";
  let columns = 0;
  let index = 0;
  let fitting = 0;
  for (const character of line) {
    columns += columnsOf(character);
    if (columns > maxColumns) return line.slice(0, fitting).trimEnd() + "…";
    index += character.length;
    if (columns < maxColumns) fitting = index;
  }
  return line;
}
