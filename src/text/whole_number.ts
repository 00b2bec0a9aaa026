/** The whole numbers that may be given. */
export interface Range {
  from: number;
  to: number;
}

/** What {@linkcode parseWholeNumber} takes, in words. */
export function wholeNumbers({ from, to }: Range): string {
  return `a whole number from ${from} to ${to}`;
}

/** Reads a whole number of the range that somebody wrote; `null` for anything else. */
export function parseWholeNumber(text: string, range: Range): number | null {
  const number = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
  return number >= range.from && number <= range.to ? number : null;
}
