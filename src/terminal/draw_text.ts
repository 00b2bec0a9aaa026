import { columnsOf } from "../text/columns_of.ts";
import { cutColumns, oneLine, stripControls } from "../text/sanitize.ts";
import type { Paint, Style } from "./style.ts";
import { plural } from "../text/wording.ts";
import { wrapText } from "../text/wrap.ts";

/** What drawing needs to know; `width` is columns of the terminal. */
export interface Canvas {
  width: number;
  style: Style;
  /** The worker's folder; paths below it are shown relative to it. */
  cwd: string;
}

const PROSE_WIDTH = 100;
const PROSE_LINES = 200;
// Nobody reads more of it in a pane, and a worker may print a hundred megabytes.
const LONGEST_TEXT = 100_000;
const BOLD = /\*\*([^*\s](?:[^*\n]{0,200}[^*\s])?)\*\*/g;

/** Text after a mark, wrapped, with the other lines aligned under the first. */
export function drawMarked(
  canvas: Canvas,
  mark: string,
  text: string,
  options: { paint?: Paint; markPaint?: Paint; maxLines?: number } = {},
): string[] {
  const paint = options.paint ?? canvas.style.plain;
  const margin = " ".repeat(columnsOf(mark) + 1);
  const clean = stripControls(text.slice(0, LONGEST_TEXT), {
    keepNewlines: true,
  }).replace(/\n{3,}/g, "\n\n").trim();
  const wrapped = wrapText(
    clean,
    Math.min(canvas.width - margin.length, PROSE_WIDTH),
  );
  const lines = limitLines(wrapped, options.maxLines ?? PROSE_LINES);
  return lines.map((line, index) => {
    const head = index === 0
      ? (options.markPaint ?? paint)(mark) + " "
      : line === ""
      ? ""
      : margin;
    return head + paint(line);
  });
}

function limitLines(lines: string[], most: number): string[] {
  if (lines.length <= most) return lines;
  return [
    ...lines.slice(0, most - 1),
    `… ${plural(lines.length - most + 1, "more line")}`,
  ];
}

/** What the worker says, with bold where its Markdown asks for it. */
export function drawMessage(canvas: Canvas, text: string): string[] {
  const { style } = canvas;
  // Each bold word on its own, so that a line can break between them.
  const splittable = style.color
    ? text.slice(0, LONGEST_TEXT).replace(
      BOLD,
      (_, bold: string) => `**${bold.split(" ").join("** **")}**`,
    )
    : text;
  return drawMarked(canvas, "●", splittable, {
    paint: (line) => paintMarkdown(line, style),
    markPaint: style.accent,
  });
}

function paintMarkdown(line: string, style: Style): string {
  const heading = /^#{1,4} (.+)$/.exec(line)?.[1];
  if (heading !== undefined) return style.strong(heading.replaceAll("**", ""));
  if (!style.color) return line;
  return line.replace(BOLD, (_, bold: string) => style.strong(bold));
}

/** What the worker thinks, shortened. */
export function drawReasoning(canvas: Canvas, text: string): string[] {
  const plain = text.slice(0, LONGEST_TEXT).replace(/\*\*\s*\n+/g, " — ")
    .replace(/\*\*/g, "").replace(
      /\s*\n+\s*/g,
      " ",
    );
  return drawMarked(canvas, "∴", plain, {
    paint: canvas.style.thought,
    markPaint: canvas.style.dim,
    maxLines: 3,
  });
}

/** One line for anything else: a mark, a text, and dim words after it. */
export function drawOneLine(
  canvas: Canvas,
  mark: string,
  text: string,
  paint: Paint,
  after = "",
): string[] {
  const room = canvas.width - columnsOf(mark) - 1;
  const shown = oneLine(text, room);
  const left = room - columnsOf(shown) - 1;
  const tail = after === "" || left < 4
    ? ""
    : " " + canvas.style.dim(oneLine(after, left));
  return [`${paint(mark)} ${shown}${tail}`];
}

/** The first rows of a prompt, dim. */
export function drawPrompt(
  canvas: Canvas,
  text: string,
  mostLines: number,
): string[] {
  const { style } = canvas;
  const trimmed = text.trim();
  const clean = stripControls(trimmed.slice(0, LONGEST_TEXT), {
    keepNewlines: true,
  });
  const rows: string[] = [];
  let used = 0;
  for (const line of clean.split("\n")) {
    const wrapped = wrapText(line, Math.min(canvas.width - 2, PROSE_WIDTH));
    if (rows.length + wrapped.length > mostLines) {
      if (used === 0) {
        rows.push(
          ...wrapped.slice(0, mostLines - 1),
          cutColumns(wrapped[mostLines - 1] + " …", canvas.width - 2),
        );
        used++;
      }
      break;
    }
    rows.push(...wrapped);
    used++;
  }
  // An empty line before the count would be useless.
  while (rows.at(-1) === "" && used > 0) {
    rows.pop();
    used--;
  }
  const left = countBreaks(trimmed) + 1 - used;
  if (left > 0) rows.push(`… ${plural(left, "more line")}`);
  return rows.map((row) =>
    row === "" ? style.dim("┃") : `${style.dim("┃")} ${style.dim(row)}`
  );
}

/** How many line breaks a text has, before an index. */
export function countBreaks(text: string, before = text.length): number {
  let count = 0;
  for (
    let at = text.indexOf("\n");
    at >= 0 && at < before;
    at = text.indexOf("\n", at + 1)
  ) count++;
  return count;
}
