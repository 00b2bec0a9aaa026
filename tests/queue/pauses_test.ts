import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ALL_PROFILES,
  backoffMs,
  noteLimit,
  pauseOf,
  pauseProfile,
  readPauses,
  unpauseProfile,
} from "../../src/queue/pauses.ts";
import { workspacePaths } from "../../src/workspace/workspace.ts";
import { finishedRecord } from "../run/sample_record.ts";
import { fleetStage } from "../fleet/fleet_stage.ts";

function limited(resets_at?: string) {
  const failure = {
    class: "usage_limit",
    message: "Used up",
    remedy: "",
    ...resets_at === undefined ? {} : { resets_at },
  };
  return finishedRecord({}, { result: undefined, failure });
}

Deno.test("pauseProfile() keeps a profile, or all of them, from starting until it ends", async () => {
  await using stage = await fleetStage();
  const { workspace } = stage.context;
  const now = Date.now();
  await pauseProfile(workspace, "deep", new Date(now + 60_000));
  const pauses = await readPauses(workspace);
  assert(pauseOf(pauses, "deep", now));
  assertEquals(pauseOf(pauses, "deep", now + 61_000), null);
  assertEquals(pauseOf(pauses, "spark", now), null);
  await pauseProfile(workspace, ALL_PROFILES, null);
  assert(pauseOf(await readPauses(workspace), "spark", now + 1e9));
  assertEquals(await unpauseProfile(workspace, null), ["deep", "*"]);
  assertEquals(await readPauses(workspace), {});
});

Deno.test("noteLimit() pauses until the limit ends, and counts ten that meet it together once", async () => {
  await using stage = await fleetStage();
  const { workspace } = stage.context;
  const resetsAt = Date.now() + 3_600_000;
  for (let run = 0; run < 10; run++) {
    await noteLimit(workspace, limited(new Date(resetsAt).toISOString()));
  }
  const pause = (await readPauses(workspace))["spark"];
  assertEquals([pause?.by, pause?.failures], ["limit", 1]);
  const until = Date.parse(pause?.until ?? "");
  assert(until >= resetsAt && until <= resetsAt + 2_000, pause?.until ?? "");
});

Deno.test("noteLimit() doubles a pause of which no end is known, until a run gets through", async () => {
  await using stage = await fleetStage();
  const { workspace } = stage.context;
  const over = async () => {
    const pauses = await readPauses(workspace);
    const spark = { ...pauses["spark"], until: "2026-01-01T00:00:00Z" };
    await Deno.writeTextFile(
      workspacePaths.pauses(workspace),
      JSON.stringify({ schema: 1, pauses: { spark } }),
    );
  };
  for (const failures of [1, 2, 3]) {
    await noteLimit(workspace, limited());
    const pause = (await readPauses(workspace))["spark"];
    assertEquals(pause?.failures, failures);
    await over();
  }
  await noteLimit(workspace, finishedRecord());
  assertEquals(await readPauses(workspace), {});
});

Deno.test("backoffMs() grows to half an hour and no further", () => {
  const cases: [number, number][] = [[1, 30_000], [2, 60_000], [9, 1_800_000]];
  for (const [failures, longest] of cases) {
    const ms = backoffMs(failures);
    assert(ms <= longest && ms >= longest * 0.75, `${failures}: ${ms}`);
  }
});

Deno.test("readPauses() reports a damaged file by name and leaves it alone", async () => {
  await using stage = await fleetStage();
  const { workspace } = stage.context;
  const path = workspacePaths.pauses(workspace);
  await Deno.writeTextFile(path, "{ half");
  await assertRejects(() => readPauses(workspace), Error, path);
  await assertRejects(() => pauseProfile(workspace, "deep", null), Error, path);
  assertEquals(await Deno.readTextFile(path), "{ half");
});
