import type { PaneScreen } from "../tmux/keyboard.ts";

/** A character on the screen. */
interface Cell {
  character: string;
  dim: boolean;
  inverse: boolean;
}

/** The columns of the prompt sign and the space after it. */
const PROMPT_COLUMNS = 2;

/** `!` in place of this sign means a shell command (Claude Code 2.1.197). */
const PROMPT = /^❯(\s|$)/;
const RULE = /^─{10}/;

/**
 * The text in the input box of Claude Code, rows joined by line breaks and a
 * grey suggestion left out; `null` if the cursor is not in such a box, as in a
 * dialog, a menu, a search or another program.
 */
export function inputText({ cursor, text }: PaneScreen): string | null {
  const rows = cellsOf(text);
  const plain = rows.map(textOf);
  const isRule = (row: number) => RULE.test(plain[row] ?? "");
  let top = cursor.y;
  while (top >= 0 && !isRule(top)) top--;
  let bottom = cursor.y;
  while (bottom < rows.length && !isRule(bottom)) bottom++;
  if (
    top < 0 || bottom >= rows.length || top === bottom ||
    !PROMPT.test(plain[top + 1] ?? "")
  ) return null;
  const box = rows.slice(top + 1, bottom).map((row) =>
    row.slice(PROMPT_COLUMNS)
  );
  const isAtStart = cursor.y === top + 1 && cursor.x === PROMPT_COLUMNS;
  if (isAtStart && isSuggestion(box.flat())) return "";
  const typed = box.map(textOf).join("\n");
  // Only the cursor shows that there are spaces.
  return typed === "" && !isAtStart ? " " : typed;
}

/** The cursor is on the first letter and all others are dim, unlike text that the user types. */
function isSuggestion([first, ...rest]: Cell[]): boolean {
  const letters = rest.filter(({ character }) => /\S/.test(character));
  return first !== undefined && first.inverse && letters.length > 0 &&
    letters.every(({ dim }) => dim);
}

function textOf(row: Cell[]): string {
  return row.map(({ character }) => character).join("").trimEnd();
}

/** The rows of a capture with escape sequences; attributes carry over from row to row. */
function cellsOf(text: string): Cell[][] {
  const rows: Cell[][] = [[]];
  let dim = false;
  let inverse = false;
  for (
    const part of text.split("\x1b").map((part, i) =>
      i === 0 ? `[m${part}` : part
    )
  ) {
    const [sequence = "", attributes] = /^\[([\d;:]*)m/.exec(part) ??
      /^./.exec(part) ?? [];
    for (const attribute of attributesOf(attributes)) {
      if (attribute === 0) dim = inverse = false;
      if (attribute === 2) dim = true;
      if (attribute === 22) dim = false;
      if (attribute === 7) inverse = true;
      if (attribute === 27) inverse = false;
    }
    for (const character of part.slice(sequence.length)) {
      if (character === "\n") rows.push([]);
      else rows.at(-1)?.push({ character, dim, inverse });
    }
  }
  return rows;
}

/** The numbers of an SGR sequence without those that belong to a colour. */
function attributesOf(parameters: string | undefined): number[] {
  if (parameters === undefined) return [];
  const numbers = parameters.split(";").map(Number);
  const attributes: number[] = [];
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] ?? 0;
    if (number === 38 || number === 48 || number === 58) {
      index += numbers[index + 1] === 2 ? 4 : 2;
    } else attributes.push(number);
  }
  return attributes;
}
