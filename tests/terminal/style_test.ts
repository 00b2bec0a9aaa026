import { assertEquals } from "@std/assert";
import { makeStyle, wantsColor } from "../../src/terminal/style.ts";

Deno.test("makeStyle() writes no escape without colours", () => {
  const style = makeStyle({ color: false });
  assertEquals(style.bad(style.strong("x")), "x");
});

Deno.test("makeStyle() wraps text and resets only what it set", () => {
  const style = makeStyle({ color: true });
  assertEquals(style.ok("x"), "\x1b[32mx\x1b[39m");
  assertEquals(style.ok(""), "");
});

const CASES: [
  env: Record<string, string>,
  isTerminal: boolean,
  wanted: boolean,
][] = [
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: "1" }, true, false],
  [{ NO_COLOR: "" }, true, true],
  [{ NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
  [{ CLICOLOR_FORCE: "1" }, false, true],
  [{ CLICOLOR_FORCE: "0" }, false, false],
  [{ FORCE_COLOR: "3" }, false, true],
  [{ FORCE_COLOR: "0" }, true, false],
  [{ CLICOLOR: "0" }, true, false],
  [{ TERM: "dumb" }, true, false],
  [{ TERM: "dumb", FORCE_COLOR: "1" }, false, true],
];

for (const [env, isTerminal, wanted] of CASES) {
  Deno.test(`wantsColor() is ${wanted} for ${JSON.stringify(env)} on ${isTerminal ? "a terminal" : "a pipe"}`, () => {
    assertEquals(wantsColor(env, isTerminal), wanted);
  });
}
