import { assertEquals } from "@std/assert";
import {
  RESULT_SCHEMA,
  RESULT_SCHEMA_TEXT,
} from "../../src/codex/result_schema.ts";

Deno.test("RESULT_SCHEMA is strict, as the API demands", () => {
  assertEquals(RESULT_SCHEMA.additionalProperties, false);
  assertEquals(RESULT_SCHEMA.required, Object.keys(RESULT_SCHEMA.properties));
  const types = Object.entries(RESULT_SCHEMA.properties)
    .map(([name, { type }]) => [name, type]);
  assertEquals(types, [
    ["goal_met", "boolean"],
    ["summary", "string"],
    ["followup_prompt", "string"],
    ["notes", "string"],
  ]);
  assertEquals(JSON.parse(RESULT_SCHEMA_TEXT), RESULT_SCHEMA);
});
