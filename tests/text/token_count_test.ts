import { assertEquals } from "@std/assert";
import { parseTokenCount } from "../../src/text/token_count.ts";

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

Deno.test("parseTokenCount() takes nothing else", () => {
  for (
    const text of ["", "0", "0k", "0.1", "-5", "k", "1e6", "2G", "1,000", "∞"]
  ) {
    assertEquals(parseTokenCount(text), null, `"${text}"`);
  }
});
