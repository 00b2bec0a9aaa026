import { columnsOf } from "../text/columns_of.ts";
import { type Canvas, drawMarked } from "./draw_text.ts";
import { oneLine } from "../text/sanitize.ts";

/** `+ path`, `~ path`, `- path`. */
export function drawFileChange(
  canvas: Canvas,
  changes: { path: string; kind: string }[],
  failed: boolean,
): string[] {
  const { style } = canvas;
  return changes.map((change) => {
    const [mark, paint] = change.kind === "add"
      ? ["+", style.ok]
      : change.kind === "delete"
      ? ["-", style.bad]
      : ["~", style.warn];
    const note = failed ? " (failed)" : "";
    const path = cutStart(
      relativePath(oneLine(change.path), canvas.cwd),
      canvas.width - 2 - note.length,
    );
    return `${paint(mark)} ${path}${style.bad(note)}`;
  });
}

function relativePath(path: string, cwd: string): string {
  const folder = cwd.endsWith("/") ? cwd : cwd + "/";
  return cwd !== "" && path.startsWith(folder)
    ? path.slice(folder.length)
    : path;
}

/** Cuts off the beginning of a sanitized line: the least important part of a path. */
export function cutStart(line: string, maxColumns: number): string {
  if (columnsOf(line) <= maxColumns) return line;
  let columns = 1;
  let start = line.length;
  // From the end, so that a path of any length takes no more time than its rest.
  while (start > 0) {
    const isPair = start > 1 && (line.codePointAt(start - 2) ?? 0) > 0xffff;
    const before = start - (isPair ? 2 : 1);
    columns += columnsOf(line.slice(before, start));
    if (columns > maxColumns) break;
    start = before;
  }
  return "…" + line.slice(start);
}

/** The worker's plan. */
export function drawTodoList(
  canvas: Canvas,
  items: { text: string; completed: boolean }[],
): string[] {
  const { style } = canvas;
  return items.flatMap((item) =>
    drawMarked(canvas, item.completed ? "☑" : "☐", oneLine(item.text), {
      paint: item.completed ? style.dim : style.plain,
      markPaint: item.completed ? style.ok : style.plain,
      maxLines: 2,
    })
  );
}
