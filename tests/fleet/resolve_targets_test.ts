import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { resolveTargets } from "../../src/fleet/resolve_targets.ts";
import { enterQueue } from "../../src/queue/queue_files.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { addProject } from "../../src/workspace/projects.ts";
import { acquireLock } from "../../src/files/lock.ts";
import { finishedRecord, runningRecord } from "../run/sample_record.ts";
import { fleetStage } from "./fleet_stage.ts";

Deno.test("resolveTargets() takes ids, @last, @project and all that live, each once", async () => {
  await using stage = await fleetStage();
  const { context } = stage;
  const path = stage.tmux.folder;
  for (const name of ["shop", "quiet"]) {
    await addProject(context.workspace, {
      ...{
        name,
        path,
        default_profile: null,
        verify: null,
        verify_unconfined: false,
        worktree: false,
        setup: null,
      },
    });
  }
  const runs = [
    ["20260101-000000-0001", "shop", true],
    ["20260101-000000-0002", "other", true],
    ["20260101-000000-0003", "shop", false],
    ["20260101-000000-0004", "shop", true],
  ] as const;
  using locks = new DisposableStack();
  for (const [run_id, project, lives] of runs) {
    const change = { run_id, root_run_id: run_id, project };
    const { id, files } = await stage.addRun(
      lives ? runningRecord(change) : finishedRecord(change),
    );
    if (!lives) continue;
    // What its supervisor would hold.
    locks.use(await acquireLock(files.lock));
    await enterQueue(context.workspace, id);
  }
  const [one, two, three, four] = runs.map(([id]) => id);
  const cases: [words: string[], all: boolean, ids: unknown[]][] = [
    [[], false, []],
    [[`${three}`], false, [three]],
    [["@last"], false, [four]],
    [["@shop"], false, [one, four]],
    [["@other", "@shop", `${one}`, "@last"], false, [two, one, four]],
    [["@quiet"], false, []],
    [[], true, [one, two, four]],
    [[`${four}`, "@last"], true, [four, one, two]],
  ];
  for (const [words, all, ids] of cases) {
    assertEquals(
      await resolveTargets(context, words, { all }),
      ids as never,
      `${words} ${all}`,
    );
  }
  for (const [word, message] of [["@shob", '"@shop"'], ["@lost", '"@last"']]) {
    await assertRejects(
      () => resolveTargets(context, [`${word}`], { all: false }),
      AgentctlError,
      `Cannot find "${word}": no project of this name is registered or has a run, and no run has this label; did you mean ${message}`,
    );
  }
});

Deno.test("resolveTargets() tells of damaged records and goes on", async () => {
  await using stage = await fleetStage();
  const { files, id } = await stage.addRun(runningRecord({ run_id: "bad" }));
  await Deno.writeTextFile(files.record, "{");
  await enterQueue(stage.context.workspace, id);
  const damaged: string[] = [];
  assertEquals(
    await resolveTargets(stage.context, [], {
      all: true,
      onDamaged: (id) => damaged.push(id),
    }),
    [],
  );
  assertEquals(damaged, [id]);
});

Deno.test("resolveTargets() takes no reserved word that a project of an earlier version has as its name", async () => {
  await using stage = await fleetStage();
  const { context } = stage;
  const { workspace } = context;
  const options = { all: false };
  assertEquals(await resolveTargets(context, ["@failed"], options), []);
  await Deno.writeTextFile(
    join(workspace.state, "projects.json"),
    JSON.stringify({ schema: 1, projects: { failed: { path: "/src/old" } } }),
  );
  await assertRejects(
    () => resolveTargets(context, ["@failed"], options),
    AgentctlError,
    'Cannot tell what "@failed" means: a project has this name',
  );
});
