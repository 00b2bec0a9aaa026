import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { RESULT_SCHEMA } from "../../src/codex/result_schema.ts";
import { parseResult, repairPrompt } from "../../src/run/result.ts";

const RESULT = {
  goal_met: true,
  summary: 'Fixed {the} "tax" }',
  followup_prompt: "",
  notes: "line\nbreak",
};
const JSON_TEXT = JSON.stringify(RESULT);
const OTHER = { ...RESULT, goal_met: false, summary: "another" };

Deno.test("parseResult() takes an object in the ways in which models write it", () => {
  const messages = [
    JSON_TEXT,
    JSON.stringify(RESULT, null, 2),
    `\uFEFF${JSON_TEXT}`,
    ` \n\t${JSON_TEXT}\n\n`,
    "```json\n" + JSON_TEXT + "\n```",
    "```\n" + JSON_TEXT + "\n```\n",
    "~~~~json\n" + JSON_TEXT + "\n~~~~",
    "  ```json\n  " + JSON_TEXT + "\n  ```",
    "```json\r\n" + JSON_TEXT + "\r\n```\r\n",
    "```json\n" + JSON_TEXT,
    "Here it is: " + JSON_TEXT + " Done!",
    'It\'s "done": ' + JSON_TEXT,
    "I changed `{` to `}` and {} to [].\n" + JSON_TEXT,
    'A lone { before, and a lone " too.\n' + JSON_TEXT,
    JSON_TEXT + " and a lone { after",
    "{{{ " + JSON_TEXT,
    "function f() { if (a) { b } }\n".repeat(1000) + JSON_TEXT,
    "```js\nif (x) {\n```\n```json\n" + JSON_TEXT + "\n```",
    JSON.stringify({ ...RESULT, more: { goal_met: "?" } }),
  ];
  for (const message of messages) {
    assertEquals(
      parseResult(message),
      { state: "valid", result: RESULT },
      message,
    );
  }
});

Deno.test("parseResult() takes the last valid one of several objects", () => {
  const other = JSON.stringify(OTHER);
  const messages = [
    `${other}\n${JSON_TEXT}`,
    `First ${other}, then ${JSON_TEXT}, and {"a": 1}`,
    "```json\n" + other + "\n```\nNo:\n```json\n" + JSON_TEXT + "\n```",
    "```json\n" + other + "\n```\nNo: " + JSON_TEXT,
    `${other} { lone ${JSON_TEXT}`,
    `${JSON_TEXT} {"goal_met": "true"}`,
  ];
  for (const message of messages) {
    assertEquals(
      parseResult(message),
      { state: "valid", result: RESULT },
      message,
    );
  }
});

Deno.test("parseResult() never converts: what has another type is invalid, and the key is named", () => {
  const wrong: [object, string][] = [
    [{ ...RESULT, goal_met: "true" }, "goal_met"],
    [{ ...RESULT, goal_met: 1 }, "goal_met"],
    [{ ...RESULT, goal_met: null }, "goal_met"],
    [{ ...RESULT, summary: ["a"] }, "summary"],
    [{ ...RESULT, notes: null }, "notes"],
    [{ goal_met: true, summary: "", notes: "" }, "followup_prompt"],
  ];
  for (const [value, key] of wrong) {
    const parsed = parseResult(`Here: ${JSON.stringify(value)}`);
    assert(parsed.state === "invalid");
    assertStringIncludes(parsed.reason, `The answer's "${key}" is wrong`);
  }
});

Deno.test("parseResult() tells of the last object when none is valid", () => {
  const parsed = parseResult('{"other": 1} {"goal_met": true, "summary": 3}');
  assert(parsed.state === "invalid");
  assertStringIncludes(parsed.reason, '"summary"');
});

Deno.test("parseResult() calls invalid what holds no result", () => {
  const messages = [
    ...["All done!", "[]", '"x"', "42", "null", "true", "{", "}", "}{"],
    ...["```json\n```", "```", "[" + JSON_TEXT.slice(0, -1), '{"a": {'],
    JSON_TEXT.slice(0, -1),
    JSON_TEXT.slice(0, JSON_TEXT.length / 2),
    JSON_TEXT.replaceAll('"', "'"),
  ];
  for (const message of messages) {
    const parsed = parseResult(message);
    assertEquals(parsed.state, "invalid", message);
    assert("reason" in parsed && parsed.reason.length > 0);
  }
});

Deno.test("parseResult() calls missing what is empty", () => {
  for (const message of [null, "", " \n", "\uFEFF"]) {
    assertEquals(parseResult(message).state, "missing");
  }
});

Deno.test("parseResult() ends for whatever is long", () => {
  const length = 3_900_000;
  const fill = (text: string) => text.repeat(Math.floor(length / text.length));
  for (
    const text of [
      ...["{", "}", "[", '"', "\\", "`", "~", " ", "{}", '{"', "```a\n"],
      ...["~~~\n", '{"a":', "{ ", " ```\n", '{"goal_met":true}'],
    ]
  ) {
    assertEquals(parseResult(fill(text)).state !== "valid", true, text);
  }
  const result = { ...RESULT, notes: "x".repeat(3_000_000) };
  assertEquals(parseResult(`Text ${JSON.stringify(result)}`).state, "valid");
  assertEquals(parseResult("x".repeat(5_000_000)).state, "invalid");
});

Deno.test("repairPrompt() holds the reason and every key", () => {
  const prompt = repairPrompt("The answer is no JSON");
  for (const word of ["The answer is no JSON", ...Object.keys(RESULT)]) {
    assertStringIncludes(prompt, word);
  }
});

Deno.test("parseResult() demands what the schema that Codex is given demands, and no more", () => {
  const values = { boolean: true, string: "text" };
  const answer = Object.fromEntries(
    Object.entries(RESULT_SCHEMA.properties)
      .map(([name, { type }]) => [name, values[type as "boolean" | "string"]]),
  );
  assertEquals(parseResult(JSON.stringify(answer)).state, "valid");
  for (const name of RESULT_SCHEMA.required) {
    const { [name]: value, ...others } = answer;
    assertEquals(parseResult(JSON.stringify(others)).state, "invalid", name);
    const other = typeof value === "boolean" ? "true" : 1;
    assertEquals(
      parseResult(JSON.stringify({ ...others, [name]: other })).state,
      "invalid",
      name,
    );
  }
});
