import { assertEquals, assertRejects } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { makeRunId, parseRunId, type RunId } from "../../src/run/id.ts";
import { acquireLock } from "../../src/files/lock.ts";
import { beginRun, filesInMaking, sweepUnmade } from "../../src/run/new_run.ts";
import { markSeen, seenIds } from "../../src/run/seen.ts";
import {
  isUnmade,
  listRunIds,
  readRecord,
  runFiles,
  RunNotFound,
} from "../../src/run/store.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { makeWorkspace } from "../workspace/make_workspace.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { runningRecord } from "./sample_record.ts";

const A = parseRunId("20260102-030405-0001");
const B = parseRunId("20260102-030405-0002");

Deno.test("beginRun() makes a run for the owner that nobody sees before it is whole, and takes another id when one is taken", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const begin = (id?: RunId) => beginRun(workspace, id, () => B);
  const run = await begin(A);
  const refused = () =>
    assertRejects(() => begin(A), AgentctlError, `run id "${A}" is taken`);
  assertEquals((await refused()).exitCode, 2);
  assertEquals(await listRunIds(workspace), []);
  const record = runningRecord({ run_id: A });
  await run.publish(record);
  assertEquals(await readRecord(workspace, A), record);
  const { mode } = await Deno.stat(runFiles(workspace, A).folder);
  assertEquals(mode! & 0o777, 0o700);
  assertEquals(await isUnmade(runFiles(workspace, A)), false);
  await refused();
  run[Symbol.dispose]();
  const ids = [A, B];
  using other = await beginRun(workspace, undefined, () => ids.shift() ?? B);
  assertEquals(other.id, B);
  await other.discard();
  await run.discard();
  assertEquals(await listRunIds(workspace), []);
  assertEquals(
    await Array.fromAsync(Deno.readDir(join(workspace.state, "making"))),
    [],
  );
});

Deno.test("beginRun() gives all that start at once an id of their own", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const now = new Date();
  const runs = await Promise.all(
    Array.from(
      { length: 40 },
      () => beginRun(workspace, undefined, () => makeRunId(now)),
    ),
  );
  assertEquals(new Set(runs.map(({ id }) => id)).size, 40);
  for (const run of runs) run[Symbol.dispose]();
});

Deno.test("beginRun() takes what a maker left that died, and sweepUnmade() leaves one alone that is running", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const begin = () => beginRun(workspace, A, () => A);
  {
    using run = await begin();
    await Deno.writeTextFile(run.files.prompt, "half");
    assertEquals(await sweepUnmade(workspace), 0);
  }
  {
    using again = await begin();
    assertEquals(await exists(again.files.prompt), false);
  }
  assertEquals(await sweepUnmade(workspace), 1);
  assertEquals(await exists(filesInMaking(workspace, A).folder), false);
});

Deno.test("a run that a user names like one that was removed has not been seen", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const id = parseRunId("mine");
  await markSeen(workspace, id);
  using _run = await beginRun(workspace, id, () => id);
  assertEquals(await seenIds(workspace), new Set());
});

Deno.test("a folder that an earlier agentctl left without a record is not a run, unless somebody is making it", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const files = runFiles(workspace, A);
  await Deno.mkdir(files.requests, { recursive: true });
  await Deno.writeTextFile(files.prompt, "Do it");
  {
    using _lock = await acquireLock(files.lock);
    assertEquals(await isUnmade(files), false);
  }
  await assertRejects(() => readRecord(workspace, A), RunNotFound);
  await Deno.writeTextFile(files.events, "");
  assertEquals(await isUnmade(files), false);
});
