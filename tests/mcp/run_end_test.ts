import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { runEnd } from "../../src/mcp/run_end.ts";
import { parseRunId } from "../../src/run/id.ts";
import { runFiles, writeRecord } from "../../src/run/store.ts";
import { acquireLock } from "../../src/files/lock.ts";
import { DEFAULT_CONFIG } from "../../src/workspace/config.ts";
import { finishedRecord, runningRecord } from "../run/sample_record.ts";

Deno.test("runEnd() of more runs than Deno has threads still sees each end", async () => {
  const root = await Deno.makeTempDir();
  const context = {
    workspace: { root, state: root, config: DEFAULT_CONFIG, remarks: [] },
    caller: { cwd: root, env: {} },
  };
  const { workspace } = context;
  const ids = Array.from(
    { length: 40 },
    (_, number) => parseRunId(`run-${number}`),
  );
  const locks = new Map<string, Disposable>();
  for (const run_id of ids) {
    await Deno.mkdir(join(root, "runs", run_id), { recursive: true });
    await writeRecord(workspace, runningRecord({ run_id }));
    locks.set(run_id, await acquireLock(runFiles(workspace, run_id).lock));
  }
  const end = async (run_id: string) => {
    await writeRecord(workspace, finishedRecord({ run_id }));
    locks.get(run_id)?.[Symbol.dispose]();
  };
  const ends = ids.map((id) => runEnd(context, id));
  // Who asks again shares the wait.
  assertEquals(runEnd(context, ids[0]!) === ends[0], true);
  try {
    // The last one first: it waits for no lock.
    for (const number of [39, 0, 20]) {
      const run_id = ids[number]!;
      await end(run_id);
      assertEquals((await ends[number])?.run_id, run_id);
    }
  } finally {
    for (const id of ids) await end(id);
    await Promise.all(ends);
    await Deno.remove(root, { recursive: true });
  }
});
