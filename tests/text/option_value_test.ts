import { assertEquals, assertThrows } from "@std/assert";
import { AgentctlError } from "../../src/system/errors.ts";
import {
  type GivenValue,
  type OptionKind,
  readValue,
} from "../../src/text/option_value.ts";

const KINDS = {
  text: { kind: "text", value: "T" },
  number: { kind: "number", value: "N", from: -5, to: 10 },
  duration: { kind: "duration", value: "D" },
  tokens: { kind: "tokens", value: "N" },
  percent: { kind: "percent", value: "P" },
  choice: { kind: "choice", value: "C", choices: ["left", "right"] },
  list: { kind: "list", value: "L", of: "profiles", none: "none" },
  labels: {
    kind: "list",
    value: "L",
    of: "labels",
    separator: /,/,
    most: 2,
    each: { pattern: /^[a-z]+$/, words: "letters" },
  },
  flag: { kind: "flag" },
} satisfies Record<string, OptionKind>;

Deno.test("readValue() reads every kind, from text and from JSON", () => {
  const cases: [keyof typeof KINDS, GivenValue, unknown][] = [
    ["text", "", ""],
    ["number", "-5", -5],
    ["number", 10, 10],
    ["duration", "1m", 60_000],
    ["tokens", "2k", 2_000],
    ["tokens", 5, 5],
    ["percent", "90%", 90],
    ["percent", "90", 90],
    ["percent", 100, 100],
    ["choice", "right", "right"],
    ["list", "a, b  c,,a", ["a", "b", "c", "a"]],
    ["list", ["a,b", "c"], ["a", "b", "c"]],
    ["list", "none", []],
    ["list", [], []],
    ["labels", " a , b,a ", ["a", "b"]],
    ["flag", true, true],
    ["flag", false, false],
  ];
  for (const [name, given, expected] of cases) {
    assertEquals(readValue(KINDS[name], "--x", given), expected, `${given}`);
  }
});

Deno.test("readValue() names the option, the value and what would be right", () => {
  const cases: [keyof typeof KINDS, GivenValue, string][] = [
    ["number", "11", '"11": give a whole number from -5 to 10'],
    ["number", "1.5", '"1.5": give a whole number from -5 to 10'],
    ["number", 1e300, '"1e+300": give a whole number from -5 to 10'],
    ["number", "", '"": give a whole number from -5 to 10'],
    [
      "duration",
      "soon",
      '"soon": give a duration of at most 30 days, such as "90s", "10m", "1h30m" or "2d"',
    ],
    [
      "tokens",
      0,
      '"0": give a number of tokens, such as "200000", "200k" or "1.5M"',
    ],
    ...["", "%", "0%", "101%", "-5%", "90.5%", "90 %", "90%%", "0.9", "all"]
      .map((given): [keyof typeof KINDS, GivenValue, string] => [
        "percent",
        given,
        `"${given}": give a percentage from 1% to 100%, such as "90%" or "90"`,
      ]),
    [
      "choice",
      "rigth",
      '"rigth": give one of left, right (did you mean "right")',
    ],
    ["labels", "a,b c", '"b c": give letters'],
    ["labels", "a,b,c", "with 3 values: give at most 2"],
  ];
  for (const [name, given, words] of cases) {
    const error = assertThrows(
      () => readValue(KINDS[name], "--x", given),
      AgentctlError,
    );
    assertEquals(error.code, "usage");
    assertEquals(error.message, `Cannot use --x ${words}`);
  }
});
