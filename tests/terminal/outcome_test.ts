import { assertEquals } from "@std/assert";
import { RUN_STATUSES } from "../../src/run/record.ts";
import { outcomeOf } from "../../src/terminal/outcome.ts";

Deno.test("outcomeOf() has a mark and words for each state", () => {
  const shown = (status: string, goal_met?: boolean | null) => {
    const { mark, words } = outcomeOf({ status, goal_met });
    return `${mark} ${words}`;
  };
  assertEquals(RUN_STATUSES.map((status) => shown(status, true)), [
    "○ queued",
    "● starting",
    "● running",
    "✓ goal met",
    "■ stopped",
    "◷ timed out",
    "! failed",
    "! lost",
  ]);
  assertEquals(shown("finished", false), "✗ goal not met");
  assertEquals(shown("finished", null), "✗ no result");
  assertEquals(shown("not_\x1b[31mknown"), "! not known");
});
