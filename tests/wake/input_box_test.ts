import { assertEquals } from "@std/assert";
import { inputText } from "../../src/wake/input_box.ts";

const RULE = "─".repeat(40);
const ABOVE = ["\x1b[38;5;239m\x1b[48;5;237m❯ \x1b[38;5;231mhi\x1b[39m", ""];

/** The screen as `capture-pane -e` of tmux 3.3a gave it for Claude Code 2.1.197, cursor from the first row of the box. */
function input(rows: string[], x: number, y = 0): string | null {
  const text = [
    ...ABOVE,
    `\x1b[0m\x1b[38;5;244m\x1b[49m${RULE}`,
    ...rows,
    `\x1b[38;5;244m${RULE}`,
    "\x1b[39m  \x1b[38;5;246m? for shortcuts",
    "",
  ].join("\n");
  return inputText({
    pid: 1,
    takesKeys: true,
    cursor: { x, y: ABOVE.length + 1 + y },
    text,
  });
}

Deno.test("inputText() gives what the user has typed", () => {
  assertEquals(input(["\x1b[39m❯ half typed\x1b[7m"], 12), "half typed");
  assertEquals(
    input(["\x1b[39m❯ \x1b[7ml\x1b[0m\x1b[39m\x1b[49mine one", "  two"], 2),
    "line one\ntwo",
  );
  assertEquals(input(["\x1b[39m❯ one", "  two\x1b[7m"], 5, 1), "one\ntwo");
  // A single letter with the cursor on it is no suggestion.
  assertEquals(input(["\x1b[39m❯ \x1b[7ml\x1b[0m"], 2), "l");
});

Deno.test("inputText() gives nothing for an empty box, idle or busy, and for a suggestion", () => {
  assertEquals(input(["\x1b[39m❯ \x1b[7m"], 2), "");
  assertEquals(input(["\x1b[39m❯ \x1b[7m \x1b[0m\x1b[39m\x1b[49m"], 2), "");
  assertEquals(input(["\x1b[38;5;246m❯ \x1b[7m\x1b[39m"], 2), "");
  assertEquals(
    input([
      "\x1b[38;5;246m❯ \x1b[7m\x1b[39mP\x1b[0;2m\x1b[39m\x1b[49mress up to edit\x1b[0m",
    ], 2),
    "",
  );
});

Deno.test("inputText() sees spaces by the cursor", () => {
  assertEquals(input(["\x1b[39m❯   \x1b[7m \x1b[0m"], 4), " ");
});

Deno.test("inputText() takes a colour that contains a 2 for no dim text", () => {
  assertEquals(
    input(["❯ \x1b[7ml\x1b[27m\x1b[38;2;1;2;3mong \x1b[38;5;2mway"], 2),
    "long way",
  );
});

Deno.test("inputText() knows a box only by its sign, its rules and the cursor", () => {
  assertEquals(input(["\x1b[38;5;211m! \x1b[39m ls\x1b[7m"], 5), null);
  assertEquals(input(["\x1b[39m❯ "], 18, 2), null, "a search below");
  assertEquals(input(["\x1b[39m❯ "], 2, -3), null, "above");
  assertEquals(
    input([" Do you want to proceed?", " ❯ 1. Yes", "   2. No"], 1, 1),
    null,
  );
  assertEquals(
    inputText({
      pid: 1,
      takesKeys: true,
      cursor: { x: 2, y: 0 },
      text: "❯ \n",
    }),
    null,
    "the prompt of a shell",
  );
});
