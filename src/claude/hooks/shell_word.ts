import { PRINTABLE, type Source } from "./shell_source.ts";
import type { Part, Word } from "./shell_syntax.ts";

/** Characters that are literal in every shell; a percent sign is one after a digit, as in `90%`. */
const BARE = /(?:[A-Za-z0-9_@+:,./=-]|(?<=[0-9])%)+/y;

const SINGLE = new RegExp(`'([${PRINTABLE}\\n\\t]*?)'`, "uy");

/** In double quotes, without what is expanded there. */
const IN_DOUBLE = new RegExp(`(?:(?!["$\`\\\\])[${PRINTABLE}\\t\\n])+`, "uy");

/** A dollar that every shell leaves alone. */
const MERE_DOLLAR = /\$(?=[ \n".,;)])/y;

/**
 * Reads a word: bare characters that are literal in every shell, quotes, and the
 * few expansions whose value is known or does not matter. `null` if none begins
 * here.
 */
export function readWord(from: Source): Word | null {
  const word: Word = from.take(/~(?=\/)/y) ? [{ home: true }] : [];
  let isEmpty = word.length === 0;
  for (;; isEmpty = false) {
    const bare = from.take(BARE)?.[0];
    if (bare !== undefined) {
      // zsh expands `=name` at the start of a word and after another "=".
      if (/^=|==/.test(bare)) from.fail();
      word.push(bare);
      continue;
    }
    const char = from.peek();
    if (char === "'") {
      const [, single = ""] = from.take(SINGLE) ?? from.fail();
      if (single.includes("\n")) from.breakLine();
      // In zsh it can be set that two quotes in quotes mean one.
      if (from.peek() === "'") from.fail();
      word.push(single);
    } else if (from.take(/"/y)) {
      word.push(...readDouble(from));
    } else if (from.take(/\\\n/y)) {
      from.breakLine();
      if (isEmpty) return readWord(from);
    } else if (char === "\\") {
      // Letters and digits need none; elsewhere it could mean something.
      const [, escaped] = from.take(/\\([\x20-\x2f:-@[-`{-~])/y) ?? from.fail();
      word.push(escaped ?? "");
    } else if (char === "$") {
      word.push(readExpansion(from, false));
    } else break;
  }
  return isEmpty ? null : word;
}

function readDouble(from: Source): Part[] {
  const parts: Part[] = [""];
  for (;;) {
    if (from.take(/"/y)) return parts;
    const plain = from.take(IN_DOUBLE)?.[0];
    if (plain !== undefined) {
      if (plain.includes("\n")) from.breakLine();
      parts.push(plain);
    } else if (from.take(/\\\n/y)) {
      from.breakLine();
    } else if (from.peek() === "\\") {
      // In some shells a history mark loses its backslash, in others not.
      const [both = "", escaped = ""] = from.take(/\\([\x20-\x7e])/y) ??
        from.fail();
      if (escaped === "!") from.fail();
      parts.push('$`"\\'.includes(escaped) ? escaped : both);
    } else if (from.take(MERE_DOLLAR)) {
      parts.push("$");
    } else if (from.peek() === "$") {
      parts.push(readExpansion(from, true));
    } else from.fail();
  }
}

/** Reads `$NAME`, `${NAME}`, `$?` or `$(…)`. */
function readExpansion(from: Source, isQuoted: boolean): Part {
  if (from.take(/\$\((?!\()/y)) {
    return { prints: from.substitution(), isQuoted };
  }
  if (from.take(/\$\?/y)) return { variable: "?", isQuoted };
  // zsh reads `$NAME[…]` and `$NAME:…` as more than the variable.
  const [, braced, bare] = from.take(
    /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*)(?!\[|:[^ \n"]))/y,
  ) ?? from.fail();
  return { variable: braced ?? bare ?? from.fail(), isQuoted };
}
