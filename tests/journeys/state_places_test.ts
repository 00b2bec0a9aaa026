import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { copy } from "@std/fs";
import { basename, join } from "@std/path";
import { stateFolder } from "../../src/workspace/state_folder.ts";
import { DONE, exists } from "../promises/forged_runs.ts";
import { makeGitRepository } from "../support/git_repository.ts";
import { makeProjectWorkspace } from "../support/project_workspace.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";

/** Starts a run and waits for its end, as called from a folder and with an environment. */
async function work(
  stage: Stage,
  call: { cwd?: string; env?: Record<string, string> },
  ...words: string[]
): Promise<string> {
  const started = await stage.agentctl(["start", ...words], {
    ...call,
    stdin: DONE,
  });
  assertEquals(started.code, 0, started.stderr);
  const id = started.stdout.trim();
  const waited = await stage.agentctl(["wait", id], call);
  assertEquals(waited.code, 0, waited.stderr);
  return id;
}

async function idsIn(
  stage: Stage,
  call: { cwd?: string; env?: Record<string, string> },
): Promise<string[]> {
  const { stdout } = await stage.agentctl(["list", "--json"], call);
  return (JSON.parse(stdout) as { run_id: string }[]).map((run) => run.run_id);
}

Deno.test("a workspace in a project is one and the same from all of its folders, and its state is elsewhere", async () => {
  await using stage = await makeStage();
  const { root, file } = await makeProjectWorkspace(stage);
  const sub = join(stage.repository.dir, "deep", "er");
  await Deno.mkdir(sub, { recursive: true });
  const link = join(stage.scratch.dir, "link");
  await Deno.symlink(stage.repository.dir, link);
  const ids = [
    await work(stage, {}),
    await work(stage, { cwd: sub }),
    await work(stage, { cwd: link }, "--worktree"),
  ].reverse();
  for (const cwd of [stage.repository.dir, sub, link]) {
    assertEquals(await idsIn(stage, { cwd }), ids, cwd);
  }
  for (const id of ids) assert(await exists(file(id, "meta.json")));
  assertEquals(
    [...Deno.readDirSync(root)].map(({ name }) => name).sort(),
    [".gitignore", "config.jsonc"],
  );
  assertEquals(await idsIn(stage, { cwd: stage.scratch.home }), []);
});

Deno.test("two checkouts of the same name have states of their own", async () => {
  await using stage = await makeStage();
  const checkouts = [];
  for (const name of ["one", "two"]) {
    const { dir } = await makeGitRepository(
      join(stage.scratch.dir, name, "shop"),
      { "a.txt": "a\n" },
    );
    await stage.agentctl(["init"], { cwd: dir });
    checkouts.push({ cwd: dir, id: await work(stage, { cwd: dir }) });
  }
  for (const { cwd, id } of checkouts) {
    assertEquals(await idsIn(stage, { cwd }), [id]);
  }
});

Deno.test("as in a container: AI_ORCH_HOME names a folder, and the state lies in the HOME that is on a volume", async () => {
  await using stage = await makeStage();
  const volume = join(stage.scratch.dir, "volume");
  const shared = join(stage.scratch.dir, "shared");
  await Deno.mkdir(volume);
  const env = { HOME: volume, AI_ORCH_HOME: shared };
  const id = await work(stage, { env });
  assertEquals(await idsIn(stage, { env }), [id]);
  const state = await stateFolder(shared, env);
  assert(state.startsWith(`${volume}/.ai-orch/workspaces/shared-`), state);
  assert(await exists(join(state, "runs", id, "meta.json")));
  // Named by the option as well.
  const { stdout } = await stage.agentctl(
    ["list", "--json", "--workspace", shared],
    { env: { HOME: volume } },
  );
  assertEquals(JSON.parse(stdout).length, 1);
  const homeless = await stage.agentctl(["list"], {
    env: { HOME: "", AI_ORCH_HOME: shared },
  });
  assertEquals(homeless.code, 5);
  assertStringIncludes(homeless.stderr, "HOME is not set");
});

Deno.test("the process in a pane finds the state of its caller, whatever HOME the tmux server has", async () => {
  await using stage = await makeStage();
  await makeProjectWorkspace(stage);
  const elsewhere = join(stage.scratch.dir, "elsewhere");
  await Deno.mkdir(elsewhere);
  await new Deno.Command("tmux", {
    args: ["new-session", "-d", "-s", "ai"],
    env: { ...stage.env, HOME: elsewhere },
    clearEnv: true,
  }).output();
  const id = await work(stage, {}, "--worktree");
  assertEquals(await idsIn(stage, {}), [id]);
  assertEquals(await exists(join(elsewhere, ".ai-orch")), false);
  // Whoever is started by the end of another run finds it, too.
  await Deno.writeTextFile(
    join(stage.repository.dir, ".ai-orch", "config.jsonc"),
    '{ "max_parallel": 1 }',
  );
  const gate = join(stage.scratch.dir, "gate");
  const first = await stage.start(
    steps("First", { wait_for_file: gate }, resultStep(true, "done")),
  );
  const second = await stage.start(DONE);
  await Deno.writeTextFile(gate, "");
  for (const id of [first, second]) {
    assertEquals((await stage.wait(id)).code, 0);
  }
  assertEquals(await exists(join(elsewhere, ".ai-orch")), false);
});

Deno.test("after an update, the runs of a project's older layout are listed, and go on once they are taken over", async () => {
  await using stage = await makeStage();
  const id = await work(stage, {}, "--worktree");
  const live = await stage.start(
    steps("Hang", { say: "at work" }, { hang: true }),
  );
  await stage.waitForFile(live, "events.jsonl", "at work");
  // As if an earlier agentctl had kept them in the project.
  const { root } = await makeProjectWorkspace(stage);
  await copy(join(stage.workspace, "runs"), join(root, "runs"));

  const listed = await stage.agentctl(["list"]);
  assertStringIncludes(listed.stdout, id);
  assertStringIncludes(listed.stderr, "agentctl trust --import");
  const refused = await stage.agentctl(["merge", id]);
  assertEquals(refused.code, 2);
  const taken = await stage.agentctl(["trust", "--import", "--yes"]);
  assertEquals(taken.code, 0, taken.stderr);
  const merged = await stage.agentctl(["merge", id]);
  assertEquals(merged.code, 0, merged.stderr);
  const again = await stage.agentctl(["rerun", id]);
  assertEquals(again.code, 0, again.stderr);
  assertEquals(basename(root), ".ai-orch");
});
