import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { makeRunId, parseRunId } from "../../src/run/id.ts";
import {
  CorruptRecord,
  listRunIds,
  newestFirst,
  readRecord,
  resolveRunId,
  runFiles,
  RunNotFound,
  writeRecord,
} from "../../src/run/store.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import type { Workspace } from "../../src/workspace/workspace.ts";
import { makeWorkspace } from "../workspace/make_workspace.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { makeRunFolder } from "./run_folder.ts";
import { finishedRecord, runningRecord } from "./sample_record.ts";

const A = "20260102-030405-0001", B = "20260102-030405-0002";
const C = "20260103-000000-ffff";

Deno.test("writeRecord() and readRecord() keep a record, for the owner's eyes", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  await addRuns(workspace, [A]);
  const record = finishedRecord({ run_id: A });
  await writeRecord(workspace, record);
  assertEquals(await readRecord(workspace, parseRunId(A)), record);
  const info = await Deno.stat(runFiles(workspace, parseRunId(A)).record);
  assertEquals(info.mode! & 0o777, 0o600);
});

Deno.test("readRecord() tells a run that is not there from one that is damaged", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const id = parseRunId(A);
  const missing = await assertRejects(
    () => readRecord(workspace, id),
    RunNotFound,
    `Cannot find run "${A}"`,
  );
  assertEquals(missing.exitCode, 3);
  await makeRunFolder(workspace, id);
  const file = runFiles(workspace, id).record;
  const other = JSON.stringify(runningRecord({ run_id: B }));
  for (const text of [undefined, "", "{", "[]", other]) {
    if (text !== undefined) await Deno.writeTextFile(file, text);
    const error = await assertRejects(
      () => readRecord(workspace, id),
      CorruptRecord,
      `Cannot read run "${A}": "${file}" is damaged: `,
    );
    assertEquals(error.exitCode, 5);
    assert(!error.message.includes("\n"));
    if (text !== undefined) assertEquals(await Deno.readTextFile(file), text);
  }
});

Deno.test("listRunIds() passes over what is not a run", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  await addRuns(workspace, [A, "mine"]);
  const runs = join(workspace.root, "runs");
  await Deno.writeTextFile(join(runs, "file"), "");
  await Deno.mkdir(join(runs, ".hidden"));
  assertEquals((await listRunIds(workspace)).sort() as string[], [A, "mine"]);
  await Deno.remove(runs, { recursive: true });
  assertEquals(await listRunIds(workspace), []);
});

Deno.test("resolveRunId() takes an id, or an unambiguous part of one", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const resolve = async (text: string) =>
    await resolveRunId(workspace, text) as string;
  await addRuns(workspace, [A, B, C, "fix", "fix-2"]);
  assertEquals(await resolve(A), A);
  assertEquals(await resolve("20260103"), C);
  // What is an id itself is not ambiguous.
  assertEquals(await resolve("fix"), "fix");
  assertEquals(await resolve("fix-"), "fix-2");
  // Its end, or what is in it.
  assertEquals(await resolve("0002"), B);
  assertEquals(await resolve("03-0000"), C);
  assertEquals(await resolve("x-2"), "fix-2");
});

Deno.test("resolveRunId() says what is wrong: ambiguous, unknown, no id", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const reject = async (text: string, exitCode: number, message: string) => {
    const error = await assertRejects(
      () => resolveRunId(workspace, text),
      AgentctlError,
      message,
    );
    assertEquals(error.exitCode, exitCode);
  };
  await reject("nope", 3, "there are no runs");
  await addRuns(workspace, [A, B, C]);
  await reject(
    "2026",
    2,
    'Cannot tell which run "2026" is: 3 ids begin like this (',
  );
  await reject("20260102-030405-00", 2, "2 ids begin like this (");
  await reject("2026", 2, "3 ids begin like this (");
  await addRuns(workspace, ["20250102-030405-2026"]);
  await reject("2026", 2, "4 ids begin or end like this (");
  await reject("0304", 2, "3 ids contain this (");
  await reject("04", 3, "no id is like it");
  await reject("20260103-000000-fffe", 3, `did you mean "${C}"`);
  await reject(`${A}x`, 3, `did you mean "${A}"`);
  for (const text of ["", "..", "a/b", "a\n", "@first", "x".repeat(300)]) {
    await reject(text, 2, "as a run id");
  }
});

Deno.test("newestFirst() sorts runs of one second by their making, and ids given by hand by their record", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const start = Date.parse("2026-01-02T03:04:05.010Z");
  const ids: string[] = [];
  for (let i = 0; i < 6; i++) {
    const now = new Date(start + i * 100);
    const id = i % 3 === 1 ? parseRunId(`zz-${9 - i}`) : makeRunId(now);
    ids.push(id);
    await addRuns(workspace, [id]);
    const created_at = now.toISOString();
    await writeRecord(workspace, runningRecord({ run_id: id, created_at }));
  }
  await addRuns(workspace, ["damaged"]);
  assertEquals(await newestFirst(workspace) as string[], [
    ...ids.reverse(),
    "damaged",
  ]);
});

async function addRuns(workspace: Workspace, ids: string[]): Promise<void> {
  for (const id of ids) {
    await makeRunFolder(workspace, parseRunId(id));
  }
}
