import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { keepStoreSmall } from "../../src/fleet/keep_small.ts";
import { makeRunId, parseRunId } from "../../src/run/id.ts";
import type { RunRecord } from "../../src/run/record.ts";
import { markSeen } from "../../src/run/seen.ts";
import { listRunIds, readRecord, writeRecord } from "../../src/run/store.ts";
import { finishedRecord } from "../run/sample_record.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";

const HOUR_MS = 60 * 60 * 1_000;

/** Adds an ended run of some hours ago, seen unless told, and returns its id. */
async function addEnded(
  stage: Stage,
  { hours, unread = false }: { hours: number; unread?: boolean },
): Promise<string> {
  const ended = new Date(Date.now() - hours * HOUR_MS);
  const id = makeRunId(ended);
  const { workspace } = await stage.fleet();
  await Deno.mkdir(stage.runFile(id, "."), { recursive: true });
  const record: RunRecord = finishedRecord(
    { run_id: id, root_run_id: id, created_at: ended.toISOString() },
    { endedAt: ended },
  );
  await writeRecord(workspace, record);
  if (!unread) await markSeen(workspace, parseRunId(id));
  return id;
}

Deno.test("the oldest runs beyond keep_runs go when a run ends, once a day, and nothing that is needed", async () => {
  await using stage = await makeStage();
  await Deno.mkdir(stage.workspace, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    '{ "keep_runs": 1 }\n',
    { mode: 0o600 },
  );
  const ids = async () =>
    (await listRunIds((await stage.fleet()).workspace)).map(String);

  // one with unmerged work, one that waits, both then set back.
  const unmerged = await stage.start(
    steps(
      "Work that nobody has merged",
      { write: { path: "new.txt", text: "new\n" } },
      resultStep(true, "done"),
    ),
    "--worktree",
  );
  await stage.wait(unmerged);
  const held = await stage.start("Later", "--hold");
  const mark = join(stage.workspace, "tidied");
  await until("the first run that ends has tidied", () => Deno.stat(mark), {
    watch: stage.workspace,
  });
  const context = await stage.fleet();
  const { workspace } = context;
  const before = await readRecord(workspace, parseRunId(unmerged));
  await writeRecord(workspace, {
    ...before,
    ended_at: new Date(Date.now() - 99 * HOUR_MS).toISOString(),
  } as RunRecord);

  const old = await addEnded(stage, { hours: 200 });
  const older = await addEnded(stage, { hours: 300 });
  const unread = await addEnded(stage, { hours: 400, unread: true });
  const recent = [];
  for (const hours of [1, 2, 3, 4]) {
    recent.push(await addEnded(stage, { hours }));
  }

  // Within the day nothing happens.
  await keepStoreSmall(context);
  assertEquals((await ids()).includes(older), true);

  await Deno.utime(mark, 0, 0);
  const last = await stage.start(steps("The last", resultStep(true, "done")));
  await stage.wait(last);
  await until(
    "the old runs are gone",
    async (see) => !see(await ids()).some((id) => id === old || id === older),
    { watch: join(stage.workspace, "runs") },
  );
  assertEquals(
    (await ids()).toSorted(),
    [unmerged, held, unread, ...recent, last].toSorted(),
  );
});
