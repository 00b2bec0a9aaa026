import { assertEquals } from "@std/assert";
import { formatWhen } from "../../src/text/relative_time.ts";

const NOW = new Date(2025, 10, 23, 14, 30, 0);
const at = (...parts: [number, number, number, number, number, number]) =>
  new Date(...parts).toISOString();

Deno.test("formatWhen() becomes coarser with age", () => {
  assertEquals(formatWhen(at(2025, 10, 23, 14, 29, 30), NOW), "just now");
  assertEquals(formatWhen(at(2025, 10, 23, 14, 25, 59), NOW), "4m ago");
  assertEquals(formatWhen(at(2025, 10, 23, 13, 5, 0), NOW), "13:05");
  assertEquals(formatWhen(at(2025, 10, 21, 13, 5, 0), NOW), "Nov 21 13:05");
  assertEquals(
    formatWhen(at(2024, 10, 21, 13, 5, 0), NOW.getTime()),
    "Nov 21 2024",
  );
});

Deno.test("formatWhen() takes a clock that runs ahead and a text that is not a date", () => {
  assertEquals(formatWhen(at(2025, 10, 23, 14, 30, 20), NOW), "just now");
  assertEquals(formatWhen(at(2025, 10, 23, 18, 0, 0), NOW), "18:00");
  assertEquals(formatWhen("soon", NOW), "-");
});
