import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  readStopRequest,
  STOP_REQUEST,
  writeStopRequest,
} from "../../src/lifecycle/stop_request.ts";
import { parseRunId } from "../../src/run/id.ts";
import { runFiles } from "../../src/run/store.ts";
import { makeWorkspace } from "../workspace/make_workspace.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("readStopRequest() gives the reason, and takes a damaged request for one", async () => {
  await using folder = await temporaryFolder();
  const files = runFiles(await makeWorkspace(folder.path), parseRunId("a"));
  await Deno.mkdir(files.folder, { recursive: true });
  assertEquals(await readStopRequest(files), null);
  await writeStopRequest(files, { reason: "Enough" });
  assertEquals(await readStopRequest(files), { reason: "Enough" });
  await Deno.writeTextFile(join(files.requests, STOP_REQUEST), "{");
  assertEquals(await readStopRequest(files), {
    reason: "Somebody asked to stop the run",
  });
});
