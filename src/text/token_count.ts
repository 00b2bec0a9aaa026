const UNITS: Record<string, number> = { "": 1, k: 1_000, m: 1_000_000 };

/** What {@linkcode parseTokenCount} accepts, in words. */
export const TOKEN_COUNTS =
  'a number of tokens, such as "200000", "200k" or "1.5M"';

/** Reads a number of tokens: `200000`, `200k`, `1.5M`. `null` for anything else and for less than 1. */
export function parseTokenCount(text: string): number | null {
  const parts = /^(\d{1,12}(?:\.\d{1,6})?)([kM]?)$/i.exec(text.trim());
  const count = parts === null ? 0 : Math.round(
    Number(parts[1]) * (UNITS[(parts[2] ?? "").toLowerCase()] ?? 1),
  );
  return count >= 1 ? count : null;
}

/** A number of tokens in readable form: `950`, `1.2k`, `38k`, `1.3M`. */
export function formatTokens(tokens: number): string {
  if (!(tokens >= 1)) return "0";
  if (tokens < 1000) return String(Math.floor(tokens));
  if (tokens < 999_500) return scaled(tokens / 1000) + "k";
  return scaled(tokens / 1_000_000) + "M";
}

/** A number of bytes in readable form: `950 B`, `1.2 kB`, `38 MB`, `5.3 GB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${scaled(value)} ${units[unit]}`;
}

function scaled(value: number): string {
  return value < 9.95
    ? value.toFixed(1).replace(/\.0$/, "")
    : String(Math.round(value));
}
