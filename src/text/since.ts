import { usageError } from "../system/errors.ts";
import { parseDuration } from "./duration.ts";

const DAY_MS = 24 * 60 * 60_000;

/**
 * Reads a moment from which on something counts: a duration before `now`
 * (`24h`, `7d`, `90d`), or a date (`2026-01-31`, the local midnight at its
 * beginning) or time (ISO 8601). Throws a usage error for anything else.
 */
export function parseSince(text: string, now: Date): Date {
  const word = text.trim();
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(word) ?? [];
  if (year !== undefined) {
    const date = new Date(Number(year), Number(month) - 1, Number(day));
    // The 31st of a month of 30 days is not a date.
    const isReal = date.getMonth() + 1 === Number(month) &&
      date.getDate() === Number(day);
    if (isReal) return date;
  } else if (/^\d{4}-\d\d-\d\dT/.test(word)) {
    const time = new Date(word);
    if (!Number.isNaN(time.getTime())) return time;
  } else {
    // A run lasts at most 30 days; a look back may be longer.
    const days = /^(\d{1,5})d$/.exec(word)?.[1];
    if (Number(days) > 0) {
      return new Date(now.getTime() - Number(days) * DAY_MS);
    }
    const ms = parseDuration(word);
    if (ms !== null) return new Date(now.getTime() - ms);
  }
  throw usageError(
    `Cannot read time "${text}": write a duration such as "24h" or "7d", or a date such as "2026-01-31"`,
  );
}
