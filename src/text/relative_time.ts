import { twoDigits } from "./duration.ts";

const MINUTE = 60_000;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/**
 * A moment in readable form, in local time: `just now`, `4m ago`, `13:05`
 * (today), `Nov 21 13:05`, `Nov 21 2024` (another year). `-` for what is not a
 * date.
 */
export function formatWhen(iso: string, now: Date | number): string {
  const when = new Date(iso);
  const today = new Date(now);
  const age = today.getTime() - when.getTime();
  if (Number.isNaN(age)) return "-";
  if (Math.abs(age) < MINUTE) return "just now";
  if (age > 0 && age < 60 * MINUTE) return `${Math.floor(age / MINUTE)}m ago`;
  const clock = `${twoDigits(when.getHours())}:${twoDigits(when.getMinutes())}`;
  if (when.toDateString() === today.toDateString()) return clock;
  const day = `${MONTHS[when.getMonth()]} ${when.getDate()}`;
  return when.getFullYear() === today.getFullYear()
    ? `${day} ${clock}`
    : `${day} ${when.getFullYear()}`;
}

/** A future moment, in local time: `13:05:30` (today), `Nov 21 13:05`. */
export function formatUntil(iso: string, now: Date | number): string {
  const when = new Date(iso);
  const clock = `${twoDigits(when.getHours())}:${twoDigits(when.getMinutes())}`;
  return when.toDateString() === new Date(now).toDateString()
    ? `${clock}:${twoDigits(when.getSeconds())}`
    : `${MONTHS[when.getMonth()]} ${when.getDate()} ${clock}`;
}
