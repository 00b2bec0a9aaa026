import { assertEquals, assertRejects } from "@std/assert";
import {
  type KeepOptions,
  keepRecord,
} from "../../src/supervisor/record_keeper.ts";
import { makeRedact } from "../../src/run/redact.ts";
import { parseRunId } from "../../src/run/id.ts";
import { readRecord, runFiles } from "../../src/run/store.ts";
import { makeRunFolder } from "../run/run_folder.ts";
import { makeWorkspace } from "../workspace/make_workspace.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { finishedRecord, runningRecord } from "../run/sample_record.ts";
import { until } from "../support/until.ts";

const id = parseRunId("a");
const options: KeepOptions = {
  redact: makeRedact({ MY_TOKEN: "12345678" }),
  onRemoved: () => {},
};

async function makeRun(path: string) {
  const workspace = await makeWorkspace(path);
  await makeRunFolder(workspace, id);
  return { workspace, files: runFiles(workspace, id) };
}

Deno.test("keepRecord() writes at once what matters at once, in order", async () => {
  await using folder = await temporaryFolder();
  const { workspace } = await makeRun(folder.path);
  const keeper = keepRecord(workspace, runningRecord({ run_id: "a" }), options);
  const writes = [];
  for (let i = 0; i < 20; i++) {
    writes.push(keeper.updateNow({ activity: `step ${i}` }));
  }
  await Promise.all(writes);
  assertEquals((await readRecord(workspace, id)).activity, "step 19");
  assertEquals(keeper.current().activity, "step 19");
  await keeper.finish(finishedRecord({ run_id: "a" }));
});

Deno.test("keepRecord() writes the final record last, and nothing after it", async () => {
  await using folder = await temporaryFolder();
  const { workspace, files } = await makeRun(folder.path);
  const first = runningRecord({ run_id: "a" });
  const keeper = keepRecord(workspace, first, options);
  const final = finishedRecord({ run_id: "a" });
  keeper.update({ activity: "soon" });
  keeper.updateNow({ activity: "now" });
  keeper.updateNow({ activity: "and now" });
  assertEquals(await keeper.finish(final), final);
  assertEquals(await readRecord(workspace, id), final);
  await keeper.updateNow({ activity: "too late" });
  assertEquals(await readRecord(workspace, id), final);
  const names = [...Deno.readDirSync(files.folder)].map((entry) => entry.name);
  assertEquals(names, ["meta.json"]);
});

Deno.test("keepRecord() writes progress without being asked again", async () => {
  await using folder = await temporaryFolder();
  const { workspace } = await makeRun(folder.path);
  const keeper = keepRecord(workspace, runningRecord({ run_id: "a" }), options);
  await keeper.updateNow({});
  keeper.update({ activity: "step 1" });
  keeper.update({ activity: "step 2" });
  await until(
    "the record tells of step 2",
    async (see) => see((await readRecord(workspace, id)).activity) === "step 2",
  );
  await keeper.finish(finishedRecord({ run_id: "a" }));
});

Deno.test("keepRecord() lets no secret reach the disk", async () => {
  await using folder = await temporaryFolder();
  const { workspace, files } = await makeRun(folder.path);
  const keeper = keepRecord(workspace, runningRecord({ run_id: "a" }), options);
  await keeper.updateNow({ activity: "runs echo 12345678" });
  assertEquals(
    (await readRecord(workspace, id)).activity,
    "runs echo [MY_TOKEN]",
  );
  const final = finishedRecord({ run_id: "a" }, { reason: "it is 12345678" });
  assertEquals((await keeper.finish(final)).reason, "it is [MY_TOKEN]");
  const text = await Deno.readTextFile(files.record);
  assertEquals(text.includes("12345678"), false);
});

Deno.test("keepRecord() tells that the run's folder is gone", async () => {
  await using folder = await temporaryFolder();
  const { workspace, files } = await makeRun(folder.path);
  let removed = 0;
  const keeper = keepRecord(workspace, runningRecord({ run_id: "a" }), {
    ...options,
    onRemoved: () => removed++,
  });
  await keeper.updateNow({});
  await Deno.remove(files.folder, { recursive: true });
  await keeper.updateNow({ activity: "on" });
  assertEquals(removed, 1);
  await assertRejects(
    () => keeper.finish(finishedRecord({ run_id: "a" })),
    Error,
  );
});
