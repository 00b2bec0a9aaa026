const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LONGEST = 30 * DAY;

/** A duration in milliseconds in readable form: `850ms`, `12s`, `1m12s`, `2h03m`, `3d4h`. Never rounds up. */
export function formatDuration(ms: number): string {
  if (!(ms > 0)) return "0ms";
  if (ms < SECOND) return `${Math.floor(ms)}ms`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < HOUR) {
    return `${Math.floor(ms / MINUTE)}m${
      twoDigits((ms % HOUR % MINUTE) / SECOND)
    }s`;
  }
  if (ms < DAY) {
    return `${Math.floor(ms / HOUR)}h${twoDigits((ms % HOUR) / MINUTE)}m`;
  }
  return `${Math.floor(ms / DAY)}d${Math.floor((ms % DAY) / HOUR)}h`;
}

/** What {@linkcode parseDuration} accepts, in words. */
export const DURATIONS =
  'a duration of at most 30 days, such as "90s", "10m", "1h30m" or "2d"';

/** Like {@linkcode formatDuration}, in whole seconds, for durations that are redrawn as they grow. */
export function formatSeconds(ms: number): string {
  return ms < SECOND ? "0s" : formatDuration(ms);
}

/**
 * Parses a duration that somebody wrote; returns milliseconds: `90` (seconds),
 * `90s`, `10m`, `1h30m`, `500ms`, `2d`. `null` for anything else, for 0 and for
 * more than 30 days.
 */
export function parseDuration(text: string): number | null {
  const word = text.trim();
  const parts =
    /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(
      word,
    );
  if (word === "" || (!parts && !/^\d+$/.test(word))) return null;
  const units = [DAY, HOUR, MINUTE, SECOND, 1];
  const ms = parts
    ? units.reduce(
      (sum, unit, index) => sum + Number(parts[index + 1] ?? 0) * unit,
      0,
    )
    : Number(word) * SECOND;
  return ms > 0 && ms <= LONGEST ? ms : null;
}

/** A number, rounded down, with a zero before it if it has one digit. */
export function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}
