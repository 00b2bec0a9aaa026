import { columnsOf } from "./columns_of.ts";

/**
 * Breaks sanitized text into lines of at most `width` columns, if possible at
 * spaces. Indentation and list marks are kept, and the continuation of a list
 * item is aligned with its text.
 */
export function wrapText(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) =>
    wrapLine(line.trimEnd(), Math.max(1, width))
  );
}

function wrapLine(line: string, width: number): string[] {
  if (columnsOf(line) <= width) return [line];
  const lead = /^\s*(?:(?:[-*+•]|\d{1,3}[.)])\s+)?/.exec(line)?.[0] ?? "";
  const indent = columnsOf(lead) <= width / 2 ? lead : "";
  const hanging = " ".repeat(columnsOf(indent));
  const lines: string[] = [];
  let current = indent;
  let columns = columnsOf(indent);
  let empty = true;
  const flush = () => {
    lines.push(current.trimEnd());
    current = hanging;
    columns = hanging.length;
    empty = true;
  };
  for (
    const [, spaces = "", word = ""] of line.slice(indent.length).matchAll(
      /(\s*)(\S+)/g,
    )
  ) {
    const wordColumns = columnsOf(word);
    const spacing = empty ? 0 : spaces.length;
    if (!empty && columns + spacing + wordColumns > width) flush();
    else if (spacing > 0) {
      current += spaces;
      columns += spacing;
    }
    if (columns + wordColumns <= width) {
      current += word;
      columns += wordColumns;
      empty = false;
      continue;
    }
    for (const character of word) {
      const characterColumns = columnsOf(character);
      if (columns + characterColumns > width && !empty) flush();
      current += character;
      columns += characterColumns;
      empty = false;
    }
  }
  if (!empty) flush();
  return lines;
}
