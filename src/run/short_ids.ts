import type { RunId } from "./id.ts";

/** How much of the end of an id names a run: its last part, that with the time, or all of it. */
const LENGTHS = [4, 11];

/**
 * Gives the shortest end of an id that names its run among all of them: four
 * characters unless others end or begin like this. Ids that a user gave stay whole.
 */
export function shortIds(all: readonly RunId[]): (id: string) => string {
  const counts = new Map<string, number>();
  const beginnings = new Set<string>();
  for (const id of all) {
    for (const length of LENGTHS) {
      const end = id.slice(-length);
      beginnings.add(id.slice(0, length));
      counts.set(end, (counts.get(end) ?? 0) + 1);
    }
  }
  return (id) => {
    if (!MADE.test(id)) return id;
    const end = LENGTHS.map((length) => id.slice(-length)).find((end) =>
      counts.get(end) === 1 && !beginnings.has(end)
    );
    return end ?? id;
  };
}

/** An id as `makeRunId` makes it. */
const MADE = /^\d{8}-\d{6}-[0-9a-f]{4}$/;
