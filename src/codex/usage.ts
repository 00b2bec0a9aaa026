import type { Usage } from "./events.ts";

/**
 * Tokens of one run. Codex counts by thread, so what the thread had used
 * before the run is taken off. Never negative: a count that went down began
 * anew, and then all of it is the run's.
 */
export function usageSince(before: Partial<Usage> | null, now: Usage): Usage {
  const since = { ...now };
  for (const name of Object.keys(now) as (keyof Usage)[]) {
    since[name] = now[name] - (before?.[name] ?? 0);
    if (since[name] < 0) return { ...now };
  }
  return since;
}
