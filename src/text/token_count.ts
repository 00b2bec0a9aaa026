const UNITS: Record<string, number> = { "": 1, k: 1_000, m: 1_000_000 };

/** What {@linkcode parseTokenCount} takes, in words. */
export const TOKEN_COUNTS =
  'a number of tokens from 1 on, such as "200000", "200k" or "1.5M"';

/** Reads a number of tokens that somebody wrote: `200000`, `200k`, `1.5M`. `null` for anything else and for less than 1. */
export function parseTokenCount(text: string): number | null {
  const parts = /^(\d{1,12}(?:\.\d{1,6})?)([kM]?)$/i.exec(text.trim());
  const count = parts === null ? 0 : Math.round(
    Number(parts[1]) * (UNITS[(parts[2] ?? "").toLowerCase()] ?? 1),
  );
  return count >= 1 ? count : null;
}
