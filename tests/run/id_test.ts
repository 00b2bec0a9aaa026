import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  isRunId,
  makeRunId,
  parseRunId,
  type RunId,
  timeOfRunId,
} from "../../src/run/id.ts";
import { AgentctlError } from "../../src/system/errors.ts";

const BAD = [
  "",
  ".",
  "..",
  "../x",
  "a/b",
  "/etc",
  "a\n",
  "\na",
  "a b",
  "@x",
  "@last",
  "-x",
  "_x",
  "a.b",
  "a\0",
  "ä",
  "$(x)",
  "a;b",
  "%1",
  "x".repeat(65),
  "x".repeat(300),
];

Deno.test("parseRunId() refuses whatever is not an id, in one short line", () => {
  for (const text of BAD) {
    assertEquals(isRunId(text), false, text);
    const error = assertThrows(
      () => parseRunId(text),
      AgentctlError,
      "as a run id: an id is 1 to 64 letters",
    );
    assertEquals(error.exitCode, 2);
    assert(!error.message.includes("\n"), error.message);
    assert(error.message.length < 200, error.message);
  }
});

Deno.test("parseRunId() takes ids given by hand", () => {
  for (const text of ["a", "7", "fix-auth_2", "x".repeat(64)]) {
    assertEquals(parseRunId(text) as string, text);
  }
});

Deno.test("makeRunId() gives ids that sort by time, to the millisecond", () => {
  const start = Date.parse("2026-01-02T03:04:05.000Z");
  const ids = Array.from(
    { length: 2001 },
    (_, i) => makeRunId(new Date(start + i)),
  );
  for (const id of ids) {
    assert(isRunId(id));
    assertMatch(id, /^20260102-03040[567]-[0-9a-f]{4}$/);
  }
  assertEquals([...ids].sort(), ids);
  assertEquals(timeOfRunId(ids[0]!), "20260102030405000");
  assertEquals(timeOfRunId(ids[999]!), "20260102030405999");
  assertEquals(timeOfRunId(ids[1234]!), "20260102030406234");
});

Deno.test("makeRunId() gives different ids within a millisecond", () => {
  const now = new Date();
  const ids = Array.from({ length: 200 }, () => makeRunId(now));
  assert(new Set(ids).size > 10);
});

Deno.test("timeOfRunId() knows no time of ids given by hand", () => {
  for (const text of ["fix-auth", "20260102-030405", "20260102-030405-a1b2x"]) {
    assertEquals(timeOfRunId(parseRunId(text)), null);
  }
  // Ids of other making may have any last digits.
  assertEquals(
    timeOfRunId(parseRunId("20260102-030405-ffff")),
    "20260102030405999",
  );
});

Deno.test("makeRunId() with `after` keeps the order of a batch, however fast it is made", () => {
  const now = new Date("2026-01-02T03:04:05.999Z");
  const ids: RunId[] = [];
  for (let count = 0; count < 500; count++) {
    ids.push(makeRunId(now, ids.at(-1)));
  }
  assertEquals(ids.toSorted(), ids);
  assertEquals(new Set(ids).size, 500);
});
