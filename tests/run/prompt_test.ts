import { assertEquals, assertThrows } from "@std/assert";
import { checkPrompt, MAX_PROMPT_CHARACTERS } from "../../src/run/prompt.ts";
import { AgentctlError } from "../../src/system/errors.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("checkPrompt() gives the text as it is", () => {
  const texts = ["x", "\uFEFFwith a mark", "$(x) `y` 'z' \"\n\r\n\0", "✓ 𝄞"];
  for (const text of texts) assertEquals(checkPrompt(encode(text)), text);
});

Deno.test("checkPrompt() refuses what is empty", () => {
  for (const text of ["", " ", "\n\t\r\n", "\uFEFF", "\u00A0"]) {
    const error = assertThrows(
      () => checkPrompt(encode(text)),
      AgentctlError,
      "it is empty",
    );
    assertEquals(error.exitCode, 2);
  }
});

Deno.test("checkPrompt() refuses what is not UTF-8", () => {
  const bytes = [
    [0xff, 0xfe, 0x41, 0x00],
    [0x61, 0xe4, 0x62],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0x61, 0xe2, 0x82],
  ];
  for (const list of bytes) {
    assertThrows(
      () => checkPrompt(new Uint8Array(list)),
      AgentctlError,
      "it is not UTF-8",
    );
  }
});

Deno.test("checkPrompt() takes as many characters as Codex and not one more", () => {
  assertEquals(MAX_PROMPT_CHARACTERS, 1_048_576);
  // The last is two UTF-16 units and four bytes long, and one character.
  for (const character of ["a", "é", "𝄞"]) {
    const most = character.repeat(MAX_PROMPT_CHARACTERS);
    assertEquals(checkPrompt(encode(most)), most);
    assertThrows(
      () => checkPrompt(encode(most + character)),
      AgentctlError,
      "it has 1048577 characters and Codex takes at most 1048576",
    );
  }
});
