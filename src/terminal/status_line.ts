import { columnsOf } from "../text/columns_of.ts";
import { cutColumns, oneLine } from "../text/sanitize.ts";
import type { Style } from "./style.ts";
import { formatSeconds } from "../text/duration.ts";
import { formatTokens } from "../text/token_count.ts";

/** What the live line at the bottom of a pane shows. */
export interface LiveStatus {
  elapsed_ms: number;
  tokens?: number | null;
  /** What the worker is doing at this moment, in a few words. */
  activity?: string | null;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;

/** The live line as painted text, and the columns that it takes, always fewer than `width`. */
export function drawStatus(
  status: LiveStatus,
  width: number,
  style: Style,
): { text: string; columns: number } {
  const frame = FRAMES[
    Math.floor(Math.max(0, status.elapsed_ms) / FRAME_MS) % FRAMES.length
  ] ?? "";
  const words = [formatSeconds(status.elapsed_ms)];
  if (status.tokens) words.push(`${formatTokens(status.tokens)} tokens`);
  if (status.activity) words.push(oneLine(status.activity));
  // The last column stays free, because a terminal may wrap when it is written.
  const rest = cutColumns(words.join(" · "), width - 3);
  return {
    text: `${style.accent(frame)} ${style.dim(rest)}`,
    columns: 2 + columnsOf(rest),
  };
}

/**
 * Erases a live line and the empty one above it, even if the pane has become
 * narrower and broken the line into several rows.
 */
export function eraseStatus(columns: number, width: number): string {
  const rows = Math.max(1, Math.ceil(columns / Math.max(1, width)));
  return `\r\x1b[${rows}A\x1b[J`;
}
