import { assertEquals, assertStringIncludes } from "@std/assert";
import { basename, dirname, join } from "@std/path";
import { stateFolder } from "../../src/workspace/state_folder.ts";
import { DONE, exists } from "../promises/forged_runs.ts";
import { makeProjectWorkspace } from "../support/project_workspace.ts";
import { makeStage, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";

Deno.test("a project that has moved finds its runs again by init --adopt", async () => {
  await using stage = await makeStage();
  const { state } = await makeProjectWorkspace(stage);
  const old = stage.repository.dir;
  await stage.agentctl(["add-project", "here", "."]);
  await stage.agentctl(["add-project", "home", stage.scratch.home]);
  const id = await stage.start(DONE);
  await stage.wait(id);
  const waiting = await stage.start(DONE, "--hold");
  const place = join(stage.scratch.dir, "new place");
  await Deno.rename(old, place);

  const cwd = stage.scratch.home;
  const listed = await stage.agentctl(["list"], { cwd });
  assertStringIncludes(listed.stderr, `"${old}/.ai-orch" is gone`);
  assertStringIncludes(listed.stderr, `agentctl init --adopt '${old}'`);
  assertStringIncludes(listed.stderr, `rm -r '${state}'`);
  // It gives up what takes too long on a busy machine.
  await until("doctor names the state", async (see) => {
    const doctor = await stage.agentctl(["doctor", "--json"], { cwd });
    return see(doctor.stdout).includes("init --adopt");
  });
  const before = await stage.agentctl(["list"], { cwd: place });
  assertStringIncludes(before.stderr, "No runs");

  const adopted = await stage.agentctl(["init", "--adopt", old, "--json"], {
    cwd: place,
  });
  assertEquals(adopted.code, 0, adopted.stderr);
  assertEquals(JSON.parse(adopted.stdout).adopted, {
    from: `${old}/.ai-orch`,
    runs: 2,
    unmerged: 0,
  });
  const after = await stage.agentctl(["list"], { cwd: place });
  assertStringIncludes(after.stdout, id.slice(-4));
  assertEquals(after.stderr, "");
  const projects = JSON.parse(
    (await stage.agentctl(["projects", "--json"], { cwd: place })).stdout,
  ) as { path: string }[];
  assertEquals(projects.map(({ path }) => path), [place, stage.scratch.home]);
  const stopped = JSON.parse(
    (await stage.agentctl(["show", waiting], { cwd: place })).stdout,
  );
  assertEquals([stopped.status, stopped.reason], [
    "stopped",
    "The project has moved",
  ]);
  // It goes on as usual.
  const next = await stage.agentctl(["start"], { cwd: place, stdin: DONE });
  const waited = await stage.agentctl(["wait", next.stdout.trim()], {
    cwd: place,
  });
  assertEquals(waited.code, 0, waited.stderr);
});

Deno.test("init --adopt refuses what it would lose or break, and changes nothing then", async () => {
  await using stage = await makeStage();
  const { root, state, file } = await makeProjectWorkspace(stage);
  const old = stage.repository.dir;
  const place = join(stage.scratch.dir, "place");
  const other = join(stage.scratch.dir, "other");
  for (const folder of [place, other]) await Deno.mkdir(folder);
  const adopt = async (name: string, cwd = place) => {
    const { code, stderr } = await stage.agentctl(["init", "--adopt", name], {
      cwd,
    });
    return { code, stderr };
  };
  const refuses = async (words: string, name: string, cwd = place) => {
    const { code, stderr } = await adopt(name, cwd);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, words);
    assertEquals(await exists(join(cwd, ".ai-orch")), cwd !== place);
  };
  const gate = join(stage.scratch.dir, "gate");
  const id = await stage.start(
    steps("Hang", { say: "at work" }, { wait_for_file: gate }, {
      result: { goal_met: true, summary: "", followup_prompt: "", notes: "" },
    }),
  );
  await refuses(
    "agentctl has no state for this folder",
    join(stage.scratch.dir, "never"),
  );
  await refuses("is still there", old);
  await until(
    "the worker works",
    async () =>
      (await Deno.readTextFile(file(id, "events.jsonl")).catch(() => ""))
        .includes("at work"),
  );
  const gone = `${old}-moved`;
  await Deno.rename(old, gone);
  await refuses(`run "${id}" is still running`, old);
  await Deno.writeTextFile(gate, "");
  await Deno.rename(gone, old);
  await stage.wait(id);
  await Deno.rename(old, gone);

  await stage.agentctl(["init"], { cwd: other });
  await stage.agentctl(["add-project", "x", "."], { cwd: other });
  await refuses("has runs or projects of its own", old, other);
  await Deno.mkdir(join(stage.workspace), { recursive: true });
  await refuses("keeps its own state", old, stage.scratch.home);
  assertEquals(await exists(file(id, "meta.json")), true);

  // By the old workspace, or by the state itself, it goes as well.
  assertEquals((await adopt(root)).code, 0);
  assertEquals(await exists(state), false);
  const state2 = await stateFolder(join(place, ".ai-orch"), stage.env);
  await Deno.remove(place, { recursive: true });
  await Deno.mkdir(place + "2");
  assertEquals((await adopt(state2, place + "2")).code, 0);
});

Deno.test("doctor --fix removes states of nothing, and what noted runs before", async () => {
  await using stage = await makeStage();
  const { state } = await makeProjectWorkspace(stage);
  await stage.agentctl(["pause", "deep"]);
  assertEquals(await exists(state), true);
  await Deno.mkdir(join(stage.workspace, "vouched", "x"), { recursive: true });
  await Deno.remove(stage.repository.dir, { recursive: true });
  const cwd = stage.scratch.home;
  await until("doctor --fix removes the state", async (see) => {
    const fixed = await stage.agentctl(["doctor", "--fix"], { cwd });
    see(fixed.stdout + fixed.stderr);
    return !await exists(state);
  });
  assertEquals(await exists(join(stage.workspace, "vouched")), false);
  assertEquals(basename(dirname(state)), "workspaces");
});
