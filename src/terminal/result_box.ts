import { type Canvas, drawMarked } from "./draw_text.ts";
import { formatDuration } from "../text/duration.ts";
import { outcomeOf } from "./outcome.ts";
import { cutColumns, stripControls } from "../text/sanitize.ts";
import { formatTokens } from "../text/token_count.ts";
import type { Paint } from "./style.ts";
import { plural } from "../text/wording.ts";
import { wrapText } from "../text/wrap.ts";

/** How a run ended, as far as is known. */
export interface TranscriptEnd {
  /** The status of the run, such as `finished` or `timed_out`. */
  status: string;
  /** Whether the run's goal is met, according to the worker and, if there is one, the check. */
  goal_met?: boolean | null;
  summary?: string | null;
  followup_prompt?: string | null;
  notes?: string | null;
  /** What the worker claims. */
  claimed?: boolean | null;
  /** What the check found. */
  verified?: boolean | null;
  duration_ms?: number | null;
  /** What `git diff --stat` printed. */
  git_diff_stat?: string | null;
  /** What else is reported about the change. */
  told?: readonly string[];
  usage?: {
    input_tokens?: number;
    cached_input_tokens?: number;
    output_tokens?: number;
    reasoning_output_tokens?: number;
  } | null;
  /** Why the run ended as it did. */
  reason?: string | null;
  exit_code?: number | null;
}

const DIFF_LINES = 10;

/**
 * The result of a run for the user. The box is open on the right, so that it
 * survives changes of the pane's width.
 */
export function drawResult(canvas: Canvas, end: TranscriptEnd): string[] {
  const { style } = canvas;
  const { mark, words, paint: tone } = outcomeOf(end);
  const paint = style[tone];
  const inner: Canvas = { ...canvas, width: canvas.width - 2 };
  const blocks: string[][] = [];
  if (end.summary) blocks.push(prose(inner, end.summary));
  if (end.reason) {
    blocks.push(labelled(inner, "reason", end.reason, paint));
  }
  if (end.followup_prompt) {
    blocks.push(labelled(inner, "next", end.followup_prompt, style.accent));
  }
  if (end.notes) blocks.push(labelled(inner, "notes", end.notes, style.dim));
  if (end.git_diff_stat?.trim()) {
    blocks.push(diffStat(inner, end.git_diff_stat));
  }
  if (end.told?.length) {
    blocks.push(
      end.told.flatMap((line) => labelled(inner, "look", line, style.accent)),
    );
  }
  const tokens = tokenLine(end.usage);
  if (tokens) blocks.push(wrapText(tokens, inner.width).map(style.dim));

  const bar = paint("│");
  const time = end.duration_ms
    ? style.dim(` · ${formatDuration(end.duration_ms)}`)
    : "";
  const lines = [
    `${paint("╭─")} ${
      paint(style.strong(`${mark} ${words}${detailOf(end)}`))
    }${time}`,
  ];
  blocks.forEach((block, index) => {
    if (index > 0) lines.push(bar);
    for (const line of block) lines.push(line === "" ? bar : `${bar} ${line}`);
  });
  lines.push(paint("╰─"));
  return lines;
}

/** What the outcome alone does not say. */
function detailOf(end: TranscriptEnd): string {
  if (end.status !== "finished" || end.goal_met === true) return "";
  if (end.claimed === true && end.verified === false) {
    return ": the check failed";
  }
  return end.goal_met !== false && end.exit_code
    ? ` (exit ${end.exit_code})`
    : "";
}

/** Text without a mark, aligned with the bar of the box. */
function prose(canvas: Canvas, text: string): string[] {
  return drawMarked({ ...canvas, width: canvas.width + 1 }, "", text, {
    maxLines: 60,
  }).map((line) => line.slice(1));
}

const LABEL_COLUMNS = 6;

function labelled(
  canvas: Canvas,
  label: string,
  text: string,
  paint: Paint,
): string[] {
  // Beside the text, a label takes too much of a narrow pane.
  if (canvas.width < 50) return [paint(label), ...prose(canvas, text)];
  return drawMarked(canvas, label.padEnd(LABEL_COLUMNS), text, {
    markPaint: paint,
    maxLines: 40,
  });
}

function diffStat(canvas: Canvas, stat: string): string[] {
  const { style } = canvas;
  const all = stripControls(stat, { keepNewlines: true }).split("\n").map((
    line,
  ) => line.trim()).filter(Boolean);
  const total = all.at(-1) ?? "";
  const files = all.slice(0, -1);
  const shown = files.slice(
    0,
    files.length > DIFF_LINES ? DIFF_LINES - 1 : DIFF_LINES,
  );
  const lines = shown.map((line) => {
    const row = cutColumns(line, canvas.width);
    const graph = /^(.*\| +\d+ )(\+*)(-*)$/.exec(row);
    return graph
      ? graph[1] + style.ok(graph[2] ?? "") + style.bad(graph[3] ?? "")
      : row;
  });
  if (shown.length < files.length) {
    lines.push(
      style.dim(`… ${plural(files.length - shown.length, "more file")}`),
    );
  }
  return [...lines, ...wrapText(total, canvas.width).map(style.dim)];
}

function tokenLine(usage: TranscriptEnd["usage"]): string {
  if (!usage || usage.input_tokens === undefined) return "";
  const cached = usage.cached_input_tokens
    ? ` (${formatTokens(usage.cached_input_tokens)} cached)`
    : "";
  return `tokens ${formatTokens(usage.input_tokens)} in${cached} · ${
    formatTokens(usage.output_tokens ?? 0)
  } out`;
}
