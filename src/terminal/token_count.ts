import { usageError } from "../system/errors.ts";

const UNITS: Record<string, number> = { "": 1, k: 1_000, m: 1_000_000 };

/**
 * Reads a number of tokens that a person wrote: `200000`, `200k`, `1.5M`.
 * Throws a usage error for anything else and for less than 1.
 */
export function parseTokenCount(text: string): number {
  const parts = /^(\d{1,12}(?:\.\d{1,6})?)([kM]?)$/i.exec(text.trim());
  const count = parts === null ? 0 : Math.round(
    Number(parts[1]) * (UNITS[(parts[2] ?? "").toLowerCase()] ?? 1),
  );
  if (count >= 1) return count;
  throw usageError(
    `Cannot read number of tokens "${text}": write one from 1 on, such as "200000", "200k" or "1.5M"`,
  );
}
