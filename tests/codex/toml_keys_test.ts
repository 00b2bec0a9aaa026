import { assertEquals, assertThrows } from "@std/assert";
import { tomlKeys } from "../../src/codex/toml_keys.ts";

function paths(text: string): string[] {
  return tomlKeys(text).map(({ path }) => path.join("|"));
}

Deno.test("tomlKeys() lists tables and keys in every notation", () => {
  const text = `top = 1
dotted.key = "x"
[table]
a = true # comment
[ "quoted name" . 'b.c' ] # comment
"d e" = 1979-05-27 07:32:00Z
[[list]]
f = { g = 1, h = { i = [1, { j = 2 }] } }
`;
  assertEquals(paths(text), [
    ...["top", "dotted|key", "table", "table|a", "quoted name|b.c"],
    ...["quoted name|b.c|d e", "list", "list|f", "list|f|g", "list|f|h"],
    "list|f|h|i",
  ]);
});

Deno.test("tomlKeys() is not fooled by strings, comments and line ends", () => {
  const text = [
    "# [profiles.comment]",
    'a = "\\" # [profiles.basic]"',
    "b = '# [profiles.literal] \\'",
    'c = """',
    "[profiles.multi]",
    'x = "y" \\""" ""',
    '"""" # ends with four quotes',
    "d = '''",
    "[profiles.multi_literal]",
    "''''",
    "e = [ # [profiles.array]",
    '  "]", # comment with ]',
    "  '[profiles.x]',",
    "]",
    "[end]",
  ].join("\r\n");
  assertEquals(paths("\uFEFF" + text), ["a", "b", "c", "d", "e", "end"]);
});

Deno.test("tomlKeys() allows a table after a table inside it", () => {
  assertEquals(paths("[a.b]\nx = 1\n[a]\ny = 2\n"), [
    "a|b",
    "a|b|x",
    "a",
    "a|y",
  ]);
});

Deno.test("tomlKeys() gives the values of strings", () => {
  assertEquals(tomlKeys(`profile = "sp\\u00e9\\n"\nother = 'a\\b'\nn = 5`), [
    { path: ["profile"], value: "spé\n", source: '"sp\\u00e9\\n"' },
    { path: ["other"], value: "a\\b", source: "'a\\b'" },
    { path: ["n"], source: "5" },
  ]);
});

Deno.test("tomlKeys() names the line of an error", () => {
  const broken: [string, string][] = [
    ["a = 1\nb = [1,\n2", "line 3"],
    ["a = 1\nb =", "line 2"],
    ["a =\n1", "line 1"],
    ["a = 'x", "line 1: a string is not closed"],
    ['a = """\nx', "a string is not closed"],
    ["[a", "line 1"],
    ["\n\n[[a]\n", "line 3"],
    ["a", 'expected "="'],
    ["= 1", "expected a key"],
    ["a = 1 b = 2", "line 1"],
    ["a = { b = 1", "line 1"],
    ["[]", "expected a key"],
  ];
  for (const [text, words] of broken) {
    assertThrows(() => tomlKeys(text), SyntaxError, words);
  }
});
