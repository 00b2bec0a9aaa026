import type { UsageLimit } from "./usage_limit.ts";

const UNITS: Record<string, number> = {
  ms: 1,
  s: 1000,
  second: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/**
 * Reads from a Codex message when to try again, as ISO 8601 in UTC. Codex
 * writes a time of the local day (`at 4:09 PM`), a local date (`at Nov 26th,
 * 2026 2:08 PM`) or a duration (`in 1.5s`, `in 2 days 3 hours`).
 */
export function resetTime(message: string, now: Date): string | undefined {
  const clock =
    /try again at (?:([A-Z][a-z]{2,8} \d{1,2})(?:st|nd|rd|th)?, (\d{4}) )?(\d{1,2}):(\d\d) ?([AP]M)/i
      .exec(message);
  if (clock) {
    const day = clock[1] === undefined
      ? new Date(now)
      : new Date(`${clock[1]}, ${clock[2]}`);
    const hour = Number(clock[3]) % 12 +
      (clock[5]?.toUpperCase() === "PM" ? 12 : 0);
    day.setHours(hour, Number(clock[4]), 0, 0);
    return Number.isNaN(day.getTime()) ? undefined : day.toISOString();
  }
  const within =
    /try again in ((?:\d+(?:\.\d+)? ?(?:ms|seconds?|minutes?|min|hours?|days?|s|m|h)\b[, ]*)+)/i
      .exec(message)?.[1];
  if (within === undefined) return undefined;
  let total = 0;
  for (
    const [, amount, unit = ""] of within.matchAll(
      /(\d+(?:\.\d+)?) ?([a-z]+)/gi,
    )
  ) {
    const name = unit.toLowerCase();
    total += Number(amount) *
      (UNITS[name] ?? UNITS[name.replace(/s$/, "")] ?? 0);
  }
  const at = new Date(now.getTime() + total);
  // Too far away for a date.
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

const MINUTE_MS = 60_000;

/**
 * When a usage limit ends: to the second, as the server reported it, if Codex wrote
 * only the minute or "try again later". `told` is what its message said.
 */
export function limitResetTime(
  told: string | undefined,
  limits: readonly UsageLimit[],
): string | undefined {
  const times = limits.filter(({ used_percent }) => used_percent >= 100)
    .map(({ resets_at }) => new Date((resets_at ?? NaN) * 1_000))
    .filter((time) => !Number.isNaN(time.getTime()))
    .sort((a, b) => b.getTime() - a.getTime());
  if (told === undefined) return times[0]?.toISOString();
  const minute = Date.parse(told);
  const exact = times.find((time) =>
    time.getTime() >= minute && time.getTime() < minute + MINUTE_MS
  );
  return exact?.toISOString() ?? told;
}
