import { assertEquals, assertThrows } from "@std/assert";
import { AgentctlError } from "../../src/system/errors.ts";
import { parseSince } from "../../src/text/since.ts";

const NOW = new Date("2026-11-25T12:00:00Z");

Deno.test("parseSince() reads durations, dates and times", () => {
  const cases: [string, Date][] = [
    ["24h", new Date("2026-11-24T12:00:00Z")],
    ["7d", new Date("2026-11-18T12:00:00Z")],
    ["365d", new Date("2025-11-25T12:00:00Z")],
    ["1h30m", new Date("2026-11-25T10:30:00Z")],
    ["2026-01-31", new Date(2026, 0, 31)],
    ["2024-02-29", new Date(2024, 1, 29)],
    ["2026-01-31T10:00:00Z", new Date("2026-01-31T10:00:00Z")],
  ];
  for (const [text, time] of cases) {
    assertEquals(parseSince(text, NOW), time, text);
  }
});

Deno.test("parseSince() refuses everything else and names it", () => {
  for (
    const text of [
      ...["", "0d", "0", "yesterday", "2026-02-30", "2026-13-01"],
      ...["2026-1-1", "2026-01-31Tx", "-3d", "999999d"],
    ]
  ) {
    assertThrows(() => parseSince(text, NOW), AgentctlError, `"${text}"`);
  }
});
