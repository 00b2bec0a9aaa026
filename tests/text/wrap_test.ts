import { assert, assertEquals } from "@std/assert";
import { columnsOf } from "../../src/text/columns_of.ts";
import { wrapText } from "../../src/text/wrap.ts";

Deno.test("wrapText() breaks at spaces and keeps line breaks", () => {
  assertEquals(wrapText("one two three\n\nfour", 8), [
    "one two",
    "three",
    "",
    "four",
  ]);
});

Deno.test("wrapText() hangs list items under their text", () => {
  assertEquals(wrapText("- one two three\n  1. four five six", 11), [
    "- one two",
    "  three",
    "  1. four",
    "     five",
    "     six",
  ]);
});

Deno.test("wrapText() breaks long words and never exceeds the width", () => {
  assertEquals(wrapText("abcdefghij", 4), ["abcd", "efgh", "ij"]);
  const text =
    "see 漢字漢字漢字漢字 https://example.test/a/very/long/path and - more\n" +
    "    deep ".repeat(9);
  for (let width = 2; width < 40; width++) {
    for (const line of wrapText(text, width)) {
      assert(columnsOf(line) <= width, `${width}: ${line}`);
    }
  }
});

Deno.test("wrapText() loses no word", () => {
  const text = "the quick brown fox jumps over the lazy dog";
  assertEquals(wrapText(text, 10).join(" "), text);
});
