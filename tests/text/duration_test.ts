import { assertEquals } from "@std/assert";
import { formatDuration, parseDuration } from "../../src/text/duration.ts";

Deno.test("formatDuration() uses the two largest units", () => {
  const cases: [number, string][] = [
    [0, "0ms"],
    [-5, "0ms"],
    [850.9, "850ms"],
    [999, "999ms"],
    [12_999, "12s"],
    [60_000, "1m00s"],
    [72_000, "1m12s"],
    [3_599_999, "59m59s"],
    [7_380_000, "2h03m"],
    [86_399_999, "23h59m"],
    [273_600_000, "3d4h"],
  ];
  for (const [ms, text] of cases) assertEquals(formatDuration(ms), text);
});

Deno.test("parseDuration() reads every unit", () => {
  const cases: [string, number][] = [
    ["90", 90_000],
    ["90s", 90_000],
    ["10m", 600_000],
    ["1h30m", 5_400_000],
    ["500ms", 500],
    ["2d", 172_800_000],
    ["1m500ms", 60_500],
    [" 5s ", 5_000],
    ["30d", 2_592_000_000],
  ];
  for (const [text, ms] of cases) assertEquals(parseDuration(text), ms);
});

Deno.test("parseDuration() takes nothing else", () => {
  for (
    const text of [
      "",
      " ",
      "abc",
      "-5s",
      "1.5h",
      "10 m",
      "5x",
      "s",
      "1m1h",
      "1e3",
      "0",
      "0s",
      "31d",
      "9".repeat(400),
    ]
  ) {
    assertEquals(parseDuration(text), null, `"${text}"`);
  }
});
