import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { parseNotice } from "../../src/lifecycle/notify_log.ts";
import { parseRunId } from "../../src/run/id.ts";
import { seenIds } from "../../src/run/seen.ts";
import { listRunIds, readRecord } from "../../src/run/store.ts";
import { DEFAULT_CONFIG } from "../../src/workspace/config.ts";
import { readProjects } from "../../src/workspace/projects.ts";
import { makeStage, resultStep, steps } from "../support/stage.ts";
import { runSource, sourceUrl } from "../system/source_process.ts";
import { endedRun } from "./ended_run.ts";

const PROCESSES = 20;
const OPERATIONS = 50;

/** Changes the store 50 times, as fast as it can, and prints the ids of the runs that it made. */
const WRITER = `
import { addProject } from ${sourceUrl("src/workspace/projects.ts")};
import { beginRun } from ${sourceUrl("src/run/new_run.ts")};
import { writeRecord } from ${sourceUrl("src/run/store.ts")};
import { markSeen } from ${sourceUrl("src/run/seen.ts")};
import { appendNotice } from ${sourceUrl("src/lifecycle/notify_log.ts")};
import { DEFAULT_CONFIG } from ${sourceUrl("src/workspace/config.ts")};
import { endedRun, runningRun } from ${
  sourceUrl("tests/promises/ended_run.ts")
};
const [root, name, gate] = Deno.args;
const workspace = { root, state: root, config: DEFAULT_CONFIG, remarks: [] };
const project = (name) => ({ name, path: root, default_profile: null, verify: null });
using start = Deno.openSync(gate, { read: true });
await start.lock(false);
const ids = [];
let next = 0;
for (let i = 0; i < ${OPERATIONS}; i++) {
  if (i % 3 === 0) await addProject(workspace, project(name + "-" + i));
  else if (i % 3 === 1) {
    // All processes want the same ids.
    using run = await beginRun(workspace, undefined, () => "run-" + next++);
    const { id } = run;
    await run.publish(runningRun(id));
    await writeRecord(workspace, endedRun(id, "by " + name), { durable: false });
    await appendNotice(workspace, endedRun(id, "x".repeat(400)));
    ids.push(id);
  } else {
    await markSeen(workspace, ids.at(-1));
  }
}
console.log(JSON.stringify(ids));
`;

Deno.test("20 processes × 50 writes, 20 add-projects, 10 acks and 2 starts at once lose nothing", async () => {
  await using stage = await makeStage();
  const root = stage.workspace;
  const workspace = { root, state: root, config: DEFAULT_CONFIG, remarks: [] };
  const unseen = Array.from({ length: 10 }, (_, i) => `unseen-${i}`);
  for (const id of unseen) {
    await Deno.mkdir(stage.runFile(id, "."), { recursive: true });
    await Deno.writeTextFile(
      stage.runFile(id, "meta.json"),
      JSON.stringify(endedRun(id, "unseen")),
    );
  }
  // The holder of the gate lets all writers begin at the same moment.
  const gate = join(stage.scratch.dir, "gate");
  const held = await Deno.create(gate);
  await held.lock(true);
  const names = Array.from({ length: PROCESSES }, (_, i) => `writer-${i}`);
  const writers = names.map((name) =>
    runSource(WRITER, { args: [root, name, gate] })
  );
  await stage.agentctl(["projects"]);
  held.close();
  const calls = [
    ...Array.from(
      { length: 20 },
      (_, i) => stage.agentctl(["add-project", `called-${i}`, "."]),
    ),
    ...unseen.map((id) => stage.agentctl(["ack", id])),
    ...["start-0", "start-1"].map((id) =>
      stage.agentctl(["start", "--run-id", id], {
        stdin: steps(id, resultStep(true, id)),
      })
    ),
  ];
  for (const { code, stderr } of await Promise.all(calls)) {
    assertEquals(code, 0, stderr);
  }
  const made: string[][] = (await Promise.all(writers)).map((text) =>
    JSON.parse(text)
  );
  for (const id of ["start-0", "start-1"]) await stage.wait(id);

  const perWriter = Array.from({ length: OPERATIONS }, (_, i) => i);
  assertEquals(
    (await readProjects(workspace)).map(({ name }) => name).sort(),
    [
      ...Array.from({ length: 20 }, (_, i) => `called-${i}`),
      ...names.flatMap((name) =>
        perWriter.filter((i) => i % 3 === 0).map((i) => `${name}-${i}`)
      ),
    ].sort(),
  );
  const ids = [...made.flat(), ...unseen, "start-0", "start-1"].sort();
  assertEquals(new Set(ids).size, PROCESSES * 17 + 12);
  assertEquals((await listRunIds(workspace)).sort(), ids.map(parseRunId));
  for (const [index, name] of names.entries()) {
    for (const id of made[index] ?? []) {
      const record = await readRecord(workspace, parseRunId(id));
      assertEquals("summary" in record && record.summary, `by ${name}`);
    }
  }
  // The last operation of a writer makes a run; every earlier one was acknowledged.
  const last = new Set(made.map((list) => list.at(-1)));
  assertEquals(
    [...await seenIds(workspace)].sort(),
    ids.filter((id) => !last.has(id)),
  );
  const log = await Deno.readTextFile(join(root, "notify.log"));
  const notices = log.trimEnd().split("\n").map(parseNotice);
  assertEquals(
    notices.map((notice) => notice?.run_id).sort(),
    [...made.flat(), "start-0", "start-1"].sort(),
  );
  assertEquals(await temporaryFilesIn(root), []);
});

async function temporaryFilesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.name.endsWith(".tmp")) found.push(path);
    if (entry.isDirectory) found.push(...await temporaryFilesIn(path));
  }
  return found;
}
