import { parseWholeNumber } from "./whole_number.ts";

/** What {@linkcode parsePercent} accepts, in words. */
export const PERCENTS = 'a percentage from 1% to 100%, such as "90%" or "90"';

/** Reads a percentage in whole numbers: `90%`, `90`. `null` for anything else. */
export function parsePercent(text: string): number | null {
  return parseWholeNumber(text.trim().replace(/^(\d+)%$/, "$1"), {
    from: 1,
    to: 100,
  });
}
