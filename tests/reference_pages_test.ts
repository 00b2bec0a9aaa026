import { assertEquals } from "@std/assert";
import schema from "../docs/record.schema.json" with { type: "json" };
import { RUN_STATUSES, type RunRecord } from "../src/run/record.ts";
import { callCli } from "./cli/call_cli.ts";
import {
  finishedRecord,
  runningRecord,
  startingRecord,
} from "./run/sample_record.ts";
import { stalePages } from "./support/reference_pages.ts";

Deno.test("docs/commands.md, docs/tools.md and docs/record.schema.json are what the code says", async () => {
  assertEquals(await stalePages(), [], 'Write them anew: "deno task docs"');
});

Deno.test("show --schema prints the schema, and needs no workspace", async () => {
  const { code, stdout, stderr } = await callCli(["show", "--schema"]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(JSON.parse(stdout), schema);
  const both = await callCli(["show", "x", "--schema"]);
  assertEquals([both.code, both.stderr], [
    2,
    "Cannot show run: give a run or --schema, not both\n",
  ]);
});

/** What the schema says of records with a status. */
function formOf({ status }: RunRecord) {
  const form = schema.oneOf.find(({ properties }) =>
    properties.status.enum.includes(status)
  );
  return {
    required: [...schema.required, ...form?.required ?? []],
    names: Object.keys({ ...schema.properties, ...form?.properties }),
  };
}

Deno.test("the schema knows every status and field of a record", () => {
  assertEquals(
    schema.oneOf.flatMap(({ properties }) => properties.status.enum),
    RUN_STATUSES as string[],
  );
  for (const record of [startingRecord(), runningRecord(), finishedRecord()]) {
    const { required, names } = formOf(record);
    assertEquals(Object.keys(record).sort(), names.sort(), record.status);
    assertEquals(required.filter((name) => !(name in record)), []);
  }
});
