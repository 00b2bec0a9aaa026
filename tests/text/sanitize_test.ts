import { assert, assertEquals, assertMatch } from "@std/assert";
import { columnsOf } from "../../src/text/columns_of.ts";
import {
  cutColumns,
  escapeInJson,
  oneLine,
  stripControls,
} from "../../src/text/sanitize.ts";

const CASES: [name: string, input: string, output: string][] = [
  [
    "CSI colours and cursor moves",
    "a\x1b[31;1mb\x1b[0mc\x1b[2J\x1b[?25ld",
    "abcd",
  ],
  ["OSC 52 ended by BEL", "a\x1b]52;c;c2VjcmV0\x07b", "ab"],
  ["a title ended by ST", "a\x1b]0;title\x1b\\b", "ab"],
  [
    "a hyperlink, whose text stays",
    "\x1b]8;;https://x.test\x1b\\link\x1b]8;;\x1b\\",
    "link",
  ],
  [
    "DCS, SOS, PM and APC",
    "a\x1bPq#0\x1b\\b\x1bXs\x1b\\c\x1b^p\x1b\\d\x1b_tmux\x1b\\e",
    "abcde",
  ],
  ["8-bit CSI, OSC and DCS", "a\x9b31mb\x9d0;t\x9cc\x90q\x9cd", "abcd"],
  ["character sets and single escapes", "a\x1b(0b\x1bcc\x1b7d\x1b#8e", "abcde"],
  ["an escape without a rest", "a\x1b", "a"],
  ["a CSI cut short", "a\x1b[31", "a"],
  ["an OSC cut short", "a\x1b]52;c;AAAA", "a"],
  ["a DCS cut short by ESC", "a\x1bPxyz\x1b", "a"],
  ["a new sequence inside a string", "a\x1b]0;t\x1b[31mb", "ab"],
  ["other controls", "a\0b\x07c\x08d\x0be\x0cf\x7fg\x85h", "abcdefgh"],
  ["lone surrogates", "a\ud800b\udc00c😀", "a\ufffdb\ufffdc😀"],
  ["an escape before a wide character", "\x1b漢", "漢"],
  ["nothing in plain text", "naïve 漢字 👩‍💻", "naïve 漢字 👩‍💻"],
];

for (const [name, input, output] of CASES) {
  Deno.test(`stripControls() removes ${name}`, () => {
    assertEquals(stripControls(input), output);
  });
}

/** What nobody sees, and how it is shown. */
const UNSEEN: readonly [string, string][] = [
  ["tag \u{e0041}\u{e0073}", "tag \\u{e0041}\\u{e0073}"],
  ["zero\u200bwidth\u2060", "zero\\u{200b}width\\u{2060}"],
  ["bidi \u202ea\u2066b\u2069", "bidi \\u{202e}a\\u{2066}b\\u{2069}"],
  ["marks \u200fa\u200eb\u061c", "marks \\u{200f}a\\u{200e}b\\u{061c}"],
  ["joined\u200dlatin", "joined\\u{200d}latin"],
  ["selectors 😀\u{e0101}\u{e0102}", "selectors 😀\\u{e0101}\\u{e0102}"],
  ["two 😀\ufe0f\ufe0e, and a\ufe0f", "two 😀\ufe0f\\u{fe0e}, and a\\u{fe0f}"],
  ["filler \u3164 soft\u00adhyphen", "filler \\u{3164} soft\\u{00ad}hyphen"],
  ["no flag 🏴\u{e0068}\u{e007f}", "no flag 🏴\\u{e0068}\\u{e007f}"],
  [`e${"\u0301".repeat(60)}f`, `e${"\u0301".repeat(4)}[+56 marks]f`],
  [
    `e${"\u0301\u0300\u0302".repeat(9)}`,
    "e\u0301\u0300\u0302\u0301[+23 marks]",
  ],
  [`ཀ${"\u0f90".repeat(12)}`, `ཀ${"\u0f90".repeat(4)}[+8 marks]`],
];

/** What languages and emoji are written with. */
const WRITTEN: readonly string[] = [
  ...[
    "👩‍👩‍👧‍👦 🏳️‍🌈 ❤️‍🔥 👍🏽 👩🏽‍🚀 1️⃣ #️⃣ ©️ ✔︎",
    "🇩🇪 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
  ],
  ...["क्षत्रिय र्\u200dय क्\u200cष", "می\u200cخواهم", "الْعَرَبِيَّةُ ۝ ﷺ"],
  ...["שָׁלוֹם וַיֹּ֥אמֶר", "שלום\u200f! abc"],
  ...["Tiếng Việt".normalize("NFD"), "e\u0301\u0302\u0303"],
  ...["葛\u{e0100}城", "မြွှောင်း က္ကျွန်ုပ်", "ཧྐྵྨླྺྼྻྂ", "ภาษา\u200bไทย น้ำ"],
  ...["ᠮᠣᠩᠭᠣᠯ\u180e", "한글 \u1112\u1161\u11ab", "ẞ ñ å"],
];

Deno.test("stripControls() shows what nobody sees, and leaves languages and emoji alone", () => {
  for (const [text, shown] of UNSEEN) {
    assertEquals(stripControls(text), shown);
    assertEquals(stripControls(shown), shown);
    assertEquals(JSON.parse(escapeInJson(JSON.stringify(text))), text);
    assertMatch(escapeInJson(JSON.stringify(text)), /\\u[0-9a-f]{4}/);
  }
  for (const text of WRITTEN) assertEquals(stripControls(text), text);
});

Deno.test("stripControls() keeps line breaks as \\n and tabs only if asked", () => {
  assertEquals(stripControls("a\r\nb\rc\n\td"), "a b c  d");
  assertEquals(
    stripControls("a\r\nb\rc\n\td", { keepNewlines: true }),
    "a\nb\nc\n d",
  );
  assertEquals(
    stripControls("a\n\td", { keepNewlines: true, keepTabs: true }),
    "a\n\td",
  );
});

Deno.test("stripControls() loses only its line to a control string without an end", () => {
  assertEquals(
    stripControls("a\x1b]0;evil\nb", { keepNewlines: true }),
    "a\nb",
  );
});

Deno.test("stripControls() leaves no control character in random text", () => {
  const pool = [
    "\x1b",
    "[",
    "]",
    "P",
    "\\",
    "\x07",
    "\x9b",
    "\x9d",
    "\x90",
    "3",
    ";",
    "m",
    "\n",
    "\r",
    "a",
    "\u202e",
    "\ud800",
    "\udc00",
  ];
  let seed = 7;
  for (let round = 0; round < 3000; round++) {
    let text = "";
    for (let length = 0; length < 24; length++) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      text += pool[Math.floor(seed / 65536) % pool.length];
    }
    const clean = stripControls(text, { keepNewlines: true });
    assert(
      !/[^\n\P{Cc}]|\p{Bidi_Control}|\p{Cs}/u.test(clean),
      JSON.stringify(text),
    );
    assertEquals(stripControls(clean, { keepNewlines: true }), clean);
  }
});

Deno.test("stripControls() visits hostile text a limited number of times", () => {
  // A quadratic version needs hours for these.
  for (
    const unit of [
      "\x1b]",
      "\x9d",
      "\x1bP",
      "\x1b[",
      "\x1b[3",
      "\x9d\n",
      "\x1b",
      "\r",
      "\ud800",
      "\x1b]0\x1b",
      "\u200b",
      "\u0301",
      "\u0645\u200c",
      "👩\u200d",
    ]
  ) {
    stripControls(unit.repeat(Math.ceil(1_000_000 / unit.length)), {
      keepNewlines: true,
    });
  }
  oneLine(" \t".repeat(500_000), 10);
  oneLine("漢".repeat(1_000_000), 10);
});

Deno.test("oneLine() collapses white space and removes controls", () => {
  assertEquals(oneLine("  a\n\n\tb\x1b[31m  c \r\n"), "a b c");
});

Deno.test("oneLine() cuts by columns and ends with an ellipsis", () => {
  assertEquals(oneLine("hello world", 11), "hello world");
  assertEquals(oneLine("hello world", 10), "hello wor…");
  assertEquals(oneLine("hello world", 7), "hello…");
  assertEquals(oneLine("漢字漢字", 5), "漢字…");
  assertEquals(oneLine("漢字漢字", 6), "漢字…");
  assertEquals(oneLine("漢字漢字", 8), "漢字漢字");
  assertEquals(oneLine("abc", 1), "…");
  assertEquals(oneLine("abc", 0), "");
});

Deno.test("cutColumns() keeps spaces inside a line", () => {
  assertEquals(cutColumns("a    b | 3 +++", 9), "a    b |…");
});

Deno.test("columnsOf() counts wide characters twice and marks not at all", () => {
  assertEquals(columnsOf("abc"), 3);
  assertEquals(columnsOf("漢字 한글"), 9);
  assertEquals(columnsOf("e\u0301"), 1);
  assertEquals(columnsOf("😀✓☑│…"), 6);
  assertEquals(columnsOf("ｆｕ"), 4);
  assertEquals(columnsOf("🇩🇪"), 2);
});
