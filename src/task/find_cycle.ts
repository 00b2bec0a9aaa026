/**
 * A cycle among things that wait for one another, as names in order with the
 * first one again at the end: `a` waits for `b`, `b` for `a`. `null` if it
 * finds no cycle. Names that are not a key wait for nothing.
 */
export function findCycle(
  waitsFor: ReadonlyMap<string, readonly string[]>,
): string[] | null {
  const done = new Set<string>();
  for (const start of waitsFor.keys()) {
    // Without recursion, because a chain may be as long as a batch.
    const path: { name: string; next: number }[] = [{ name: start, next: 0 }];
    const onPath = new Set([start]);
    for (let step; (step = path.at(-1));) {
      const name = done.has(step.name)
        ? undefined
        : waitsFor.get(step.name)?.[step.next++];
      if (name === undefined) {
        done.add(step.name);
        onPath.delete(step.name);
        path.pop();
      } else if (onPath.has(name)) {
        const names = path.map((step) => step.name);
        return [...names.slice(names.indexOf(name)), name];
      } else if (!done.has(name)) {
        path.push({ name, next: 0 });
        onPath.add(name);
      }
    }
  }
  return null;
}
