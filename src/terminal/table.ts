import { columnsOf } from "../text/columns_of.ts";
import { oneLine } from "../text/sanitize.ts";
import type { Paint, Style } from "./style.ts";

/** One column of a table; widths are columns of the terminal. */
export interface TableColumn {
  title: string;
  align?: "left" | "right";
  /** The width below which the column shrinks only when nothing else is left. */
  min?: number;
  max?: number;
  /** Whether it shrinks first if the table does not fit. */
  flexible?: boolean;
}

/** The text of a cell, with a colour if it needs one. */
export type TableCell = string | { text: string; paint?: Paint };

export interface TableOptions {
  columns: TableColumn[];
  rows: TableCell[][];
  /** Columns of the terminal. */
  width: number;
  style: Style;
}

const GAP = 2;

/**
 * Draws a table that fits the width, titles first, without spaces at line ends
 * and without a line break after the last row. Cells are made harmless.
 */
export function renderTable(options: TableOptions): string {
  const { columns, style } = options;
  const limit = Math.max(1, Math.floor(options.width));
  const titles = columns.map((column) => ({
    text: oneLine(column.title),
    paint: style.dim,
  }));
  const rows = [
    titles,
    ...options.rows.map((row) =>
      columns.map((_, index) => toCell(row[index] ?? ""))
    ),
  ];
  const natural = columns.map((column, index) => {
    const widest = Math.max(
      ...rows.map((row) => columnsOf(row[index]?.text ?? "")),
    );
    return Math.max(1, Math.min(widest, column.max ?? Infinity, limit));
  });
  const widths = fitWidths(
    columns,
    natural,
    limit - GAP * (columns.length - 1),
  );
  return rows.map((row) => drawRow(row, columns, widths)).join("\n");
}

function toCell(cell: TableCell): { text: string; paint: Paint } {
  const { text, paint } = typeof cell === "string"
    ? { text: cell, paint: undefined }
    : cell;
  return { text: oneLine(text), paint: paint ?? ((plain) => plain) };
}

function fitWidths(
  columns: TableColumn[],
  natural: number[],
  available: number,
): number[] {
  const widths = [...natural];
  const wantedMinimum = (column: TableColumn) =>
    column.min ?? Math.max(4, columnsOf(oneLine(column.title)));
  // Each pass takes more from the columns than the one before.
  shrink(
    widths,
    available,
    columns.map((column) => column.flexible ? wantedMinimum(column) : Infinity),
  );
  shrink(widths, available, columns.map(wantedMinimum));
  shrink(
    widths,
    available,
    columns.map((column) => column.flexible ? 1 : Infinity),
  );
  shrink(widths, available, columns.map(() => 1));
  return widths;
}

/** Narrows the widest column that is above its minimum until the sum fits. */
function shrink(widths: number[], available: number, minima: number[]): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) - available;
  while (excess > 0) {
    let widest = -1;
    widths.forEach((width, index) => {
      if (
        width > (minima[index] ?? Infinity) && width > (widths[widest] ?? 0)
      ) widest = index;
    });
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 1) - 1;
    excess--;
  }
}

function drawRow(
  row: { text: string; paint: Paint }[],
  columns: TableColumn[],
  widths: number[],
): string {
  let line = "";
  // Spaces are held back until something visible follows, so that none end the line.
  let owed = 0;
  row.forEach((cell, index) => {
    const width = widths[index] ?? 1;
    const text = oneLine(cell.text, width);
    const padding = Math.max(0, width - columnsOf(text));
    if (text !== "") {
      const before = owed + (columns[index]?.align === "right" ? padding : 0);
      line += " ".repeat(before) + cell.paint(text);
      owed = columns[index]?.align === "right" ? 0 : padding;
    } else {
      owed += padding;
    }
    owed += GAP;
  });
  return line;
}
