import { escapeInJson, oneLine } from "../text/sanitize.ts";

/** Claude Code (2.1.332) cuts off a monitor's line after 500 characters. */
export const MOST_COLUMNS = 480;

/** Fewer say nothing. */
const FEWEST_COLUMNS = 20;

/** Words of a worker, which can close neither the quotes nor a tag around them. */
export function quoted(text: string): string {
  return escapeInJson(JSON.stringify(text));
}

/** The same, no wider than that; a quote inside takes two columns. */
export function quotedWithin(text: string, columns: number): string {
  for (let width = Math.max(FEWEST_COLUMNS, columns - 2);; width -= 8) {
    const words = quoted(oneLine(text, width));
    if (words.length <= columns || width <= FEWEST_COLUMNS) return words;
  }
}
