import { assertEquals } from "@std/assert";
import { findCycle } from "../../src/task/find_cycle.ts";

function cycleIn(waits: Record<string, string[]>): string[] | null {
  return findCycle(new Map(Object.entries(waits)));
}

Deno.test("findCycle() names a circle in order, without what leads to it", () => {
  assertEquals(cycleIn({ a: ["a"] }), ["a", "a"]);
  assertEquals(cycleIn({ a: ["b"], b: ["a"] }), ["a", "b", "a"]);
  assertEquals(
    cycleIn({ a: ["b"], b: ["x", "c"], c: ["d"], d: ["b"], x: [] }),
    ["b", "c", "d", "b"],
  );
});

Deno.test("findCycle() finds none where ways only meet", () => {
  assertEquals(cycleIn({}), null);
  assertEquals(
    cycleIn({ a: ["b", "c"], b: ["d"], c: ["d"], d: ["elsewhere"] }),
    null,
  );
});

Deno.test("findCycle() goes through many and long chains", () => {
  const count = 50_000;
  const chain = new Map(
    Array.from({ length: count }, (_, i) => [`${i}`, [`${i + 1}`]]),
  );
  assertEquals(findCycle(chain), null);
  chain.set(`${count}`, ["49990"]);
  assertEquals(findCycle(chain)?.length, 12);
});
