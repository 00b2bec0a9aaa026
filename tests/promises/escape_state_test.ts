import { assert, assertEquals } from "@std/assert";
import { basename, join } from "@std/path";
import {
  makeProjectWorkspace,
  type ProjectWorkspace,
} from "../support/project_workspace.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";

// What workers can write is the folder of the project, with the `.ai-orch` in
// it. Each attack is tried there, where it must do nothing, and, as a control,
// in the state, where the same bytes act: the place protects, and nothing else.

/** A forged run: the record of an ended one, changed. */
async function forgeRun(
  folder: string,
  honest: string,
  id: string,
  change: Record<string, unknown>,
): Promise<void> {
  const record = JSON.parse(
    await Deno.readTextFile(join(honest, "meta.json")),
  );
  const target = join(folder, "runs", id);
  await Deno.mkdir(join(target, "requests"), { recursive: true });
  await Deno.copyFile(join(honest, "prompt.md"), join(target, "prompt.md"));
  await Deno.writeTextFile(
    join(target, "meta.json"),
    JSON.stringify({ ...record, run_id: id, root_run_id: id, ...change }),
  );
}

/** The fields of a record that waits in the queue. */
const QUEUED = {
  status: "queued",
  held: false,
  pane: null,
  supervisor_pid: null,
};

interface Attack {
  /** Writes what a worker would, into a folder that holds runs. */
  plant(folder: string, world: World): Promise<void>;
  /** What the user does afterwards. */
  trigger(world: World): Promise<unknown>;
}

interface World {
  stage: Stage;
  workspace: ProjectWorkspace;
  /** The folder of an ended run. */
  honest: string;
  /** Comes to exist where an attack gets through. */
  evil: string;
}

const FORGED = "20260101-000000-0000";

const ATTACKS: Record<string, Attack> = {
  "a run of the queue with a check of its own": {
    async plant(folder, { honest, evil }) {
      await forgeRun(folder, honest, FORGED, {
        ...QUEUED,
        verify: `touch ${evil}`,
      });
      await Deno.mkdir(join(folder, "queue"), { recursive: true });
      await Deno.writeTextFile(join(folder, "queue", FORGED), "");
    },
    async trigger({ stage }) {
      await stage.agentctl(["list"]);
      await stage.agentctl(["wait", FORGED, "--timeout", "60s"]);
    },
  },
  "an ended run that is continued, with a check of its own": {
    plant: (folder, { honest, evil }) =>
      forgeRun(folder, honest, FORGED, { verify: `touch ${evil}` }),
    async trigger({ stage }) {
      const { stdout } = await stage.agentctl(
        ["resume", "--parent-run-id", FORGED],
        { stdin: DONE },
      );
      if (stdout !== "") await stage.wait(stdout.trim());
    },
  },
  "an ended run that is done again, with a check of its own": {
    plant: (folder, { honest, evil }) =>
      forgeRun(folder, honest, FORGED, { verify: `touch ${evil}` }),
    async trigger({ stage }) {
      const { stdout } = await stage.agentctl(["rerun", FORGED]);
      if (stdout !== "") await stage.wait(stdout.trim());
    },
  },
  "a run whose supervisor died, with further attempts": {
    plant: (folder, { honest, evil }) =>
      forgeRun(folder, honest, FORGED, {
        status: "running",
        verify: `touch ${evil}`,
        failure: undefined,
        ended_at: undefined,
        chain: {
          ...{ attempt: 1, cause: "start", retries: 3, escalate: [] },
          ...{ max_attempts: 5, max_ms: null, max_tokens: null },
          ...{ spent_ms: 0, spent_tokens: 0, limits: 0, since: null },
        },
      }),
    async trigger({ stage }) {
      await stage.agentctl(["wait", FORGED, "--timeout", "60s"]);
    },
  },
  "a project with a check": {
    async plant(folder, { stage, evil }) {
      await Deno.writeTextFile(
        join(folder, "projects.json"),
        JSON.stringify({
          schema: 1,
          projects: {
            shop: { path: stage.repository.dir, verify: `touch ${evil}` },
          },
        }),
      );
    },
    trigger: startAndWait,
  },
  "a project with a set-up for its worktrees": {
    async plant(folder, { stage, evil }) {
      await Deno.writeTextFile(
        join(folder, "projects.json"),
        JSON.stringify({
          schema: 1,
          projects: {
            shop: {
              path: stage.repository.dir,
              worktree: true,
              setup: `touch ${evil}`,
            },
          },
        }),
      );
    },
    trigger: startAndWait,
  },
};

const DONE = steps("Work", resultStep(true, "done"));

async function startAndWait({ stage }: World): Promise<void> {
  await stage.wait(await stage.start(DONE));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

for (const [name, attack] of Object.entries(ATTACKS)) {
  Deno.test(`what a worker writes into the workspace of its project does not act: ${name}`, async () => {
    await using stage = await makeStage();
    const workspace = await makeProjectWorkspace(stage);
    const id = await stage.start(DONE);
    await stage.wait(id);
    const world: World = {
      stage,
      workspace,
      honest: workspace.file(id, "."),
      evil: join(stage.scratch.dir, "evil"),
    };
    await attack.plant(workspace.root, world);
    await attack.trigger(world);
    assertEquals(await exists(world.evil), false, "The attack got through");

    await attack.plant(workspace.state, world);
    await attack.trigger(world);
    assert(await exists(world.evil), "The control does not act");
  });
}

Deno.test("what an attack could write lies in the home folder alone", async () => {
  await using stage = await makeStage();
  const workspace = await makeProjectWorkspace(stage);
  await stage.agentctl(["add-project", "shop", "."]);
  await stage.agentctl(["pause", "--profile", "deep"]);
  await stage.wait(await stage.start(DONE, "--worktree"));
  const inside = [...Deno.readDirSync(workspace.root)].map(({ name }) => name);
  assertEquals(inside.sort(), [".gitignore", "config.jsonc"]);
  const states = join(stage.workspace, "workspaces");
  assertEquals(
    [...Deno.readDirSync(states)].map(({ name }) => name),
    [basename(workspace.state)],
  );
});
