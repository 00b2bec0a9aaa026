import { assertEquals } from "@std/assert";
import { parseRunId } from "../../src/run/id.ts";
import { shortIds } from "../../src/run/short_ids.ts";
import { resolveRunId } from "../../src/run/store.ts";
import { makeWorkspace } from "../workspace/make_workspace.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { makeRunFolder } from "./run_folder.ts";

Deno.test("shortIds() gives ends of ids that name their runs, whatever the others are", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const shorts: Record<string, string> = {
    "20260102-030405-a1b2": "a1b2",
    // Others end like it.
    "20260102-030405-00ff": "030405-00ff",
    "20260103-030406-00ff": "030406-00ff",
    "20260102-030407-1111": "20260102-030407-1111",
    "20260103-030407-1111": "20260103-030407-1111",
    // All ids of the year begin like it.
    "20260102-030405-2026": "030405-2026",
    "20260102-030405-beef": "030405-beef",
    "beef-stew": "beef-stew",
    "fix": "fix",
  };
  const ids = Object.keys(shorts).map(parseRunId);
  for (const id of ids) await makeRunFolder(workspace, id);
  const short = shortIds(ids);
  for (const id of ids) {
    assertEquals(short(id), shorts[id]);
    assertEquals(await resolveRunId(workspace, short(id)), id);
  }
  // A run of an earlier layout is none of them.
  assertEquals(short("20250102-030405-a1b3"), "20250102-030405-a1b3");
});
