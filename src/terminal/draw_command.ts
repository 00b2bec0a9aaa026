import { type Canvas, countBreaks, drawMarked } from "./draw_text.ts";
import { formatDuration } from "../text/duration.ts";
import { cutColumns, oneLine, stripControls } from "../text/sanitize.ts";
import { innerCommand } from "../text/shell_command.ts";
import { plural } from "../text/wording.ts";

const COMMAND_LINES = 4;
const OUTPUT_LINES = 8;
// The lines to show are within this part, however much a command printed.
const LONGEST_TAIL = 100_000;

/** `$ command`. */
export function drawCommand(canvas: Canvas, command: string): string[] {
  return drawMarked(canvas, "$", innerCommand(command), {
    paint: canvas.style.strong,
    markPaint: canvas.style.accent,
    maxLines: COMMAND_LINES,
  });
}

/** The end of what a command printed, and how it ended. */
export function drawCommandEnd(
  canvas: Canvas,
  end: {
    output: string;
    exitCode: number | null;
    durationMs?: number;
    status?: string;
  },
): string[] {
  const { style } = canvas;
  const { lines, hidden } = lastLines(end.output, OUTPUT_LINES);
  const bar = style.dim("│");
  const drawn = lines.map((line) =>
    line === ""
      ? bar
      : `${bar} ${style.dim(cutColumns(line, canvas.width - 2))}`
  );
  if (hidden > 0) {
    drawn.unshift(`${bar} ${style.dim(`… ${plural(hidden, "line")} above`)}`);
  }
  const failed = end.exitCode !== 0;
  const outcome = end.exitCode === null
    ? oneLine(end.status ?? "ended", 20)
    : `exit ${end.exitCode}`;
  const time = end.durationMs === undefined
    ? ""
    : style.dim(` · ${formatDuration(end.durationMs)}`);
  drawn.push(
    `${style.dim("└")} ${(failed ? style.bad : style.dim)(outcome)}${time}`,
  );
  return drawn;
}

function lastLines(
  output: string,
  most: number,
): { lines: string[]; hidden: number } {
  const tail = output.slice(-LONGEST_TAIL);
  // A cut would otherwise leave half an escape sequence at the front.
  const whole = tail.length < output.length
    ? tail.slice(tail.indexOf("\n") + 1)
    : tail;
  const text = stripControls(whole, { keepNewlines: true, keepTabs: true })
    .trimEnd();
  if (text === "") return { lines: [], hidden: 0 };
  const lines = text.split("\n");
  const unseen = countBreaks(output, output.length - whole.length);
  const shown = lines.slice(-most).map(expandTabs);
  return {
    lines: shown.map((line) => line.trimEnd()),
    hidden: lines.length - shown.length + unseen,
  };
}

function expandTabs(line: string): string {
  return line.slice(0, 2000).split("\t").reduce((text, part) =>
    text + " ".repeat(8 - text.length % 8) + part
  );
}
