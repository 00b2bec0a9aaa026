import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { sha256Hex } from "../../src/files/digest.ts";
import { acquireLock } from "../../src/files/lock.ts";
import { type CleanOptions, cleanRuns } from "../../src/fleet/clean.ts";
import {
  enterQueue,
  leaveQueue,
  takeSlot,
} from "../../src/queue/queue_files.ts";
import { parseRunId } from "../../src/run/id.ts";
import type { RunOwner } from "../../src/run/owner.ts";
import { markSeen } from "../../src/run/seen.ts";
import { delay } from "../../src/system/delay.ts";
import { finishedRecord, runningRecord } from "../run/sample_record.ts";
import { type FleetStage, fleetStage } from "./fleet_stage.ts";

const ALL: CleanOptions = {
  ...{ olderThanMs: 0, keep: 0, dryRun: false, force: false },
};

/** The ids of what it removes, in order. */
async function clean(stage: FleetStage, change: Partial<CleanOptions> = {}) {
  const { removed } = await cleanRuns(stage.context, { ...ALL, ...change });
  return removed.map(({ run_id }) => run_id).sort();
}

Deno.test("clean removes a run whose supervisor has just written the end, once that is done", async () => {
  await using stage = await fleetStage();
  const { workspace } = stage.context;
  const { id, files } = await stage.addRun(finishedRecord({ run_id: "a" }));
  await enterQueue(workspace, id);
  await takeSlot(workspace, id);
  await markSeen(workspace, id);
  const lock = await acquireLock(files.lock);
  const cleaning = clean(stage);
  await Promise.race([cleaning, delay(100)]);
  await leaveQueue(workspace, id);
  lock.release();
  assertEquals(await cleaning, ["a"]);
});

Deno.test("clean keeps the attempts before a result that nobody has read: they may be all that is known of it", async () => {
  await using stage = await fleetStage();
  const { workspace } = stage.context;
  const add = (run_id: string, root_run_id: string, next_run_id?: string) => {
    const parent_run_id = run_id === root_run_id ? null : root_run_id;
    const record = finishedRecord({ run_id, root_run_id, parent_run_id });
    return stage.addRun({ ...record, next_run_id: next_run_id ?? null });
  };
  await add("a1", "a1", "a2");
  await add("a2", "a1");
  await add("b1", "b1");
  await add("b2", "b1");
  await add("c", "c");
  for (const id of ["b1", "c"]) await markSeen(workspace, parseRunId(id));
  assertEquals(await clean(stage), ["c"]);
  await markSeen(workspace, parseRunId("a2"));
  assertEquals(await clean(stage), ["a1", "a2"]);
  await markSeen(workspace, parseRunId("b2"));
  assertEquals(await clean(stage), ["b1", "b2"]);
});

Deno.test("what nobody has read of a session that is long over goes by clean, and never by itself", async () => {
  await using stage = await fleetStage();
  const owner: RunOwner = {
    ...{ session: "gone", process: null, pane: null, folder: "/" },
  };
  const endedAt = new Date(Date.now() - 20 * 24 * 60 * 60_000);
  await stage.addRun(finishedRecord({ run_id: "a", owner }, { endedAt }));
  assertEquals(await clean(stage, { isAutomatic: true }), []);
  assertEquals(await clean(stage), ["a"]);
});

Deno.test("work whose repository is not there now never goes by itself", async () => {
  await using stage = await fleetStage();
  const { workspace } = stage.context;
  const repository = join(stage.tmux.folder, "usb", "shop");
  const name = `shop-${(await sha256Hex(repository)).slice(0, 8)}`;
  const path = join(stage.tmux.folder, "usb", name, "a");
  const work = { branch: "agentctl/a", base_commit: "1".repeat(40) };
  await stage.addRun(finishedRecord({
    run_id: "a",
    worktree: {
      ...{ ...work, repository, path, setup: null, commit: "2".repeat(40) },
    },
  }));
  await markSeen(workspace, parseRunId("a"));
  assertEquals(await clean(stage, { isAutomatic: true }), []);
  assertEquals(await clean(stage), ["a"]);
});

Deno.test("clean keeps what a run needs that has not ended, here or elsewhere, in the queue or not", async () => {
  await using stage = await fleetStage();
  const { workspace } = stage.context;
  const host = { name: "build-2", boot: "another", machine: "another" };
  const ended = ["first", "before", "any", "free"];
  for (const run_id of ended) {
    await stage.addRun(finishedRecord({ run_id, root_run_id: run_id }));
    await markSeen(workspace, parseRunId(run_id));
  }
  await stage.addRun(runningRecord({
    ...{ run_id: "live", root_run_id: "first", parent_run_id: "first", host },
    ...{ after: ["before"], after_any_end: ["any"] },
  }));
  assertEquals(await clean(stage), ["free"]);
});
