import { assert, assertEquals } from "@std/assert";
import { makeLineSplitter } from "../../src/files/line_splitter.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("makeLineSplitter() gives the same lines wherever the bytes are cut", () => {
  const bytes = encode('ä\n€ 𝄞\r\n\n  \n{"a":"\\n"}\nlast ✓');
  const expected = ["ä", "€ 𝄞", '{"a":"\\n"}', "last ✓"];
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      const parts = [
        bytes.subarray(0, first),
        bytes.subarray(first, second),
        bytes.subarray(second),
      ];
      assertEquals(split(parts), expected, `${first}, ${second}`);
    }
  }
  assertEquals(
    split([...bytes].map((byte) => new Uint8Array([byte]))),
    expected,
  );
});

Deno.test("makeLineSplitter() does not keep a buffer that its owner writes to again", () => {
  const lines: string[] = [];
  const splitter = makeLineSplitter((line) => lines.push(line));
  const buffer = encode("first");
  splitter.push(buffer);
  buffer.fill(120);
  splitter.push(encode("\n"));
  assertEquals(lines, ["first"]);
});

Deno.test("makeLineSplitter() makes text of bytes that are none", () => {
  assertEquals(split([new Uint8Array([0x61, 0xff, 0x62, 10])]), ["a\uFFFDb"]);
});

Deno.test("makeLineSplitter() gives the beginning of a line that is too long, and the next one whole", () => {
  const chunk = encode("x".repeat(1024 * 1024));
  const chunks = [...Array.from({ length: 20 }, () => chunk)];
  const [long = "", next, ...more] = split([...chunks, encode("\nnext\n")]);
  assert(long.length <= 16 * 1024 * 1024);
  assert(/^x+$/.test(long));
  assertEquals([next, more], ["next", []]);
});

Deno.test("makeLineSplitter() gives a last line once, and none where there is none", () => {
  assertEquals(split([encode("a\nb")]), ["a", "b"]);
  assertEquals(split([encode("a\n")]), ["a"]);
  assertEquals(split([]), []);
});

function split(parts: Uint8Array[]): string[] {
  const lines: string[] = [];
  const splitter = makeLineSplitter((line) => lines.push(line));
  for (const part of parts) splitter.push(part);
  splitter.end();
  return lines;
}
