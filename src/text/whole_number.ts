/** The allowed whole numbers. */
export interface Range {
  from: number;
  to: number;
}

/** What {@linkcode parseWholeNumber} accepts, in words. */
export function wholeNumbers({ from, to }: Range): string {
  return `a whole number from ${from} to ${to}`;
}

/** Reads a whole number in the range; `null` for anything else. */
export function parseWholeNumber(text: string, range: Range): number | null {
  const number = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
  return number >= range.from && number <= range.to ? number : null;
}
