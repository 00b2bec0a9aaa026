import type { Usage } from "./events.ts";

/**
 * The tokens of one run. Codex counts by thread, so what the thread had used before
 * the run is subtracted. Never negative: a count that went down has started
 * over, so all of it belongs to the run.
 */
export function usageSince(before: Partial<Usage> | null, now: Usage): Usage {
  const since = { ...now };
  for (const name of Object.keys(now) as (keyof Usage)[]) {
    since[name] = now[name] - (before?.[name] ?? 0);
    if (since[name] < 0) return { ...now };
  }
  return since;
}
