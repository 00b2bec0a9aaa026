import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { isLocked } from "../../src/files/lock.ts";
import {
  makeProjectWorkspace,
  type ProjectWorkspace,
} from "../support/project_workspace.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";
import { type Attack, makeAttackStage } from "./attack_stage.ts";
import { exists, forgeEnded } from "./forged_runs.ts";
import { OUT_OF_REACH, temporaryFolder } from "../support/temporary_folder.ts";

// The real Codex in its sandbox, and without our guard: the state is out of its
// reach because of where it lies.

/** What a worker would do to a folder that holds runs. */
function attacksOn(folder: string): Attack[] {
  const attack = (name: string, script: string) => ({ name, script });
  return [
    attack("record", `echo x >> ${folder}/runs/victim/meta.json`),
    attack(
      "replaced record",
      `echo x > n && mv n ${folder}/runs/victim/meta.json`,
    ),
    attack("request", `echo {} > ${folder}/runs/victim/requests/stop.json`),
    attack("run", `mkdir ${folder}/runs/forged`),
    attack(
      "run as a link",
      `ln -s /tmp ${folder}/runs/20990101-000000-0000`,
    ),
    attack(
      "exchanged run",
      `mv ${folder}/runs/victim ${folder}/runs/away && ln -s /tmp ${folder}/runs/victim`,
    ),
    attack("queue", `mkdir -p ${folder}/queue && touch ${folder}/queue/x`),
    attack("projects", `echo {} > ${folder}/projects.json`),
    attack(
      "program",
      `mkdir -p ${folder}/orchestrator/bin && echo x > ${folder}/orchestrator/bin/agentctl`,
    ),
    attack("mode", `chmod 777 ${folder}`),
    attack("moved", `mv ${folder} ${folder}.away && mkdir ${folder}`),
  ];
}

Deno.test("the real Codex in its sandbox can write the workspace of its project, and not its state", async () => {
  await using attacker = await makeAttackStage({ unguarded: true });
  const { stage, attack } = attacker;
  await using home = await homeOutOfReach(stage);
  const { root, state } = await makeProjectWorkspace(stage);
  await forgeEnded(state, "victim", { cwd: stage.repository.dir });
  await forgeEnded(root, "victim", { cwd: stage.repository.dir });
  const states = join(home.path, ".ai-orch", "workspaces");
  const { record, through } = await attack([
    ...attacksOn(state),
    { name: "states", script: `mv ${states} ${states}.away` },
    { name: "home", script: `mv ~/.ai-orch ~/away` },
    { name: "other state", script: `mkdir ${states}/planted-0123456789abcdef` },
    { name: "root of init", script: `echo x > /proc/1/root${state}/evil` },
    {
      name: "mount",
      script:
        `unshare -Urm sh -c 'mount -t tmpfs none ${state}' && echo x > ${state}/evil`,
    },
  ]);
  assertEquals(through, [], JSON.stringify(record));

  const control = attacksOn(root);
  const { through: possible } = await attack(control);
  assertEquals(possible, control.map(({ name }) => name).sort());
});

/** Gives a stage a HOME where no worker can write: the temporary folders are theirs. */
async function homeOutOfReach(stage: Stage) {
  const home = await temporaryFolder(OUT_OF_REACH);
  stage.env["HOME"] = home.path;
  return home;
}

/** How a worker takes the workspace away from under its own run. */
const MOVES: Record<string, (stage: Stage) => Promise<unknown>> = {
  "the workspace moved away": ({ repository: { dir } }) =>
    Deno.rename(join(dir, ".ai-orch"), join(dir, "away")),
  "a link in place of the workspace": async (
    { repository: { dir }, scratch },
  ) => {
    await Deno.remove(join(dir, ".ai-orch"), { recursive: true });
    const other = join(scratch.dir, "other");
    await forgeEnded(other, "20990101-000000-0000");
    await Deno.symlink(other, join(dir, ".ai-orch"));
  },
  "another workspace in its place": async ({ repository: { dir } }) => {
    const root = join(dir, ".ai-orch");
    await Deno.remove(root, { recursive: true });
    await forgeEnded(root, "20990101-000000-0000");
  },
};

for (const [name, move] of Object.entries(MOVES)) {
  Deno.test(`a run ends in its state whatever becomes of the workspace meanwhile: ${name}`, async () => {
    await using stage = await makeStage();
    const workspace = await makeProjectWorkspace(stage);
    const { id, end } = await workThere(stage, workspace);
    await move(stage);
    assertEquals(await end(), "finished");
    const { stdout } = await stage.agentctl(["list"]);
    assertEquals(stdout.includes("! damaged"), false);
    assertEquals(
      await exists(join(stage.scratch.dir, "other", "runs", id)),
      false,
    );
  });
}

Deno.test("a run does not end well whose state was moved away, as a control", async () => {
  await using stage = await makeStage();
  const workspace = await makeProjectWorkspace(stage);
  const { end } = await workThere(stage, workspace);
  const away = `${workspace.state}-away`;
  await Deno.rename(workspace.state, away);
  const moved = {
    ...workspace,
    file: (id: string, name: string) => join(away, "runs", id, name),
  };
  assert(await end(moved) !== "finished");
});

/** A run that works until it is told to end; `end` returns its status then. */
async function workThere(stage: Stage, workspace: ProjectWorkspace) {
  const gate = join(stage.scratch.dir, "gate");
  const id = await stage.start(steps(
    "Work",
    { say: "at work" },
    { wait_for_file: gate },
    resultStep(true, "done"),
  ));
  const read = (file: string, { file: path } = workspace) =>
    Deno.readTextFile(path(id, file)).catch(() => "");
  await until(
    "the worker works",
    async () => (await read("events.jsonl")).includes("at work"),
  );
  const end = async (now = workspace) => {
    await Deno.writeTextFile(gate, "");
    const lock = now.file(id, "lock");
    await until("the supervisor has ended", async () => !await isLocked(lock));
    return JSON.parse(await read("meta.json", now)).status;
  };
  return { id, end };
}
