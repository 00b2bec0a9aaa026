import { assertEquals, assertThrows } from "@std/assert";
import { AgentctlError } from "../../src/system/errors.ts";
import { parseTokenCount } from "../../src/terminal/token_count.ts";

Deno.test("parseTokenCount() reads numbers with and without a unit", () => {
  const cases: [string, number][] = [
    ["1", 1],
    ["200000", 200_000],
    ["200k", 200_000],
    ["200K", 200_000],
    ["1.5M", 1_500_000],
    ["0.0005m", 500],
    [" 12 ", 12],
  ];
  for (const [text, count] of cases) assertEquals(parseTokenCount(text), count);
});

Deno.test("parseTokenCount() refuses everything else and names it", () => {
  for (
    const text of ["", "0", "0k", "0.1", "-5", "k", "1e6", "2G", "1,000", "∞"]
  ) {
    assertThrows(() => parseTokenCount(text), AgentctlError, `"${text}"`);
  }
});
