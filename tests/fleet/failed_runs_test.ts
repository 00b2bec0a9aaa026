import { assertEquals } from "@std/assert";
import { failedRuns } from "../../src/fleet/failed_runs.ts";
import { readerOf } from "../../src/owners/reader.ts";
import { finishedRecord } from "../run/sample_record.ts";
import { fleetStage } from "./fleet_stage.ts";

Deno.test("failedRuns() names what failed within a day and nobody has mended or stopped", async () => {
  await using stage = await fleetStage();
  const now = Date.parse("2026-01-03T12:00:00Z");
  const ids = new Map<string, string>();
  const add = async (
    name: string,
    change: Record<string, unknown>,
  ) => {
    const run_id = `20260103-${10 + ids.size}0000-0000`;
    ids.set(name, run_id);
    await stage.addRun({
      ...finishedRecord({ run_id, root_run_id: run_id }),
      ...{
        ended_at: "2026-01-03T11:00:00Z",
        created_at: `2026-01-03T${9 + ids.size}:00:00Z`,
      },
      ...change,
    });
    return run_id;
  };
  const failed = { goal_met: false };
  await add("failed", failed);
  await add("good", {});
  await add("yesterday", { ...failed, ended_at: "2026-01-02T11:59:00Z" });
  await add("stopped", { ...failed, status: "stopped" });
  const repeated = await add("repeated", failed);
  await add("repeats", { rerun_of: repeated });
  const twice = await add("repeated in vain", failed);
  await add("repeats in vain", { ...failed, rerun_of: twice });
  const continued = await add("continued", failed);
  await add("continues", { parent_run_id: continued, root_run_id: continued });
  const worse = await add("was good", {});
  await add("is worse", { ...failed, root_run_id: worse });
  const dropped = await add("dropped", failed);
  await add("drops", { ...failed, status: "stopped", rerun_of: dropped });
  const { context } = stage;
  const damaged: unknown[] = [];
  const found = await failedRuns(
    context,
    await readerOf(context),
    (_, error) => damaged.push(error),
    now,
  );
  assertEquals(damaged, []);
  const names = new Map([...ids].map(([name, id]) => [id, name]));
  assertEquals(found.map(({ run_id }) => names.get(run_id)), [
    ...["failed", "repeats in vain", "is worse", "dropped"],
  ]);
});
