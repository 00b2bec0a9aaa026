import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import * as z from "zod/mini";
import { readJson } from "../../src/files/read_json.ts";
import { parseJson } from "../../src/text/parse_json.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const schema = () => z.object({ name: z.string() });

Deno.test("parseJson() and readJson() give what has the form, and null for all else", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file.json");
  const bounds = { maxBytes: 100 };
  assertEquals(await readJson(path, schema, bounds), null);
  const given: [string, { name: string } | null][] = [
    ['{"name":"a","more":1}', { name: "a" }],
    ['{"name":1}', null],
    ['{"name":"a"', null],
    ["null", null],
    ["", null],
  ];
  for (const [text, value] of given) {
    assertEquals(parseJson(text, schema), value, text);
    await Deno.writeTextFile(path, text);
    assertEquals(await readJson(path, schema, bounds), value, text);
  }
  await Deno.writeTextFile(path, JSON.stringify({ name: "a".repeat(100) }));
  assertEquals(await readJson(path, schema, bounds), null);
  assertEquals(await readJson(folder.path, schema, bounds), null);
});
