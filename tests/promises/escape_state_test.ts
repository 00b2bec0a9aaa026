import { assert, assertEquals } from "@std/assert";
import { basename, dirname, join } from "@std/path";
import type { LiveRecord } from "../../src/run/record.ts";
import { stateFolder } from "../../src/workspace/state_folder.ts";
import {
  makeProjectWorkspace,
  type ProjectWorkspace,
} from "../support/project_workspace.ts";
import { makeGitRepository } from "../support/git_repository.ts";
import { makeStage, type Stage } from "../support/stage.ts";
import { DONE, exists, forgeProjects, forgeQueued } from "./forged_runs.ts";

// What workers can write is the folder of the project, with the `.ai-orch` in
// it. Each attack is tried there, where it must do nothing, and, as a control,
// in the state, where the same bytes act: the place protects, and nothing else.

const FORGED = "20260101-000000-0000";

interface World {
  stage: Stage;
  workspace: ProjectWorkspace;
  /** A run that has ended in the honest way. */
  honest: string;
  /** Comes to exist where an attack gets through. */
  evil: string;
}

interface Attack {
  /** Writes what a worker would, into a folder that holds runs. */
  plant(folder: string, world: World): Promise<void>;
  /** What the user does afterwards. */
  trigger(world: World): Promise<unknown>;
}

/** The honest run under another id, with a check of its own. */
async function copyHonest(
  folder: string,
  { workspace, honest, evil }: World,
  change: Partial<LiveRecord> = {},
): Promise<void> {
  const record = JSON.parse(
    await Deno.readTextFile(workspace.file(honest, "meta.json")),
  );
  const target = join(folder, "runs", FORGED);
  await Deno.mkdir(target, { recursive: true });
  await Deno.copyFile(
    workspace.file(honest, "prompt.md"),
    join(target, "prompt.md"),
  );
  await Deno.writeTextFile(
    join(target, "meta.json"),
    JSON.stringify({
      ...record,
      run_id: FORGED,
      root_run_id: FORGED,
      verify: `touch ${evil}`,
      ...change,
    }),
  );
}

const ATTACKS: Record<string, Attack> = {
  "a run of the queue": {
    plant: (folder, { stage, evil }) =>
      forgeQueued(folder, FORGED, {
        cwd: stage.repository.dir,
        verify: `touch ${evil}`,
      }),
    async trigger({ stage }) {
      await stage.agentctl(["list"]);
      await stage.agentctl(["wait", FORGED, "--timeout", "60s"]);
    },
  },
  "an ended run that is continued": {
    plant: copyHonest,
    async trigger({ stage }) {
      const { stdout } = await stage.agentctl(
        ["resume", "--parent-run-id", FORGED],
        { stdin: DONE },
      );
      if (stdout !== "") await stage.wait(stdout.trim());
    },
  },
  "an ended run that is done again": {
    plant: copyHonest,
    async trigger({ stage }) {
      const { stdout } = await stage.agentctl(["rerun", FORGED]);
      if (stdout !== "") await stage.wait(stdout.trim());
    },
  },
  "a run whose supervisor died, with further attempts": {
    plant: (folder, world) =>
      copyHonest(folder, world, {
        status: "running",
        chain: {
          ...{ attempt: 1, cause: "start", retries: 3, escalate: [] },
          ...{ max_attempts: 5, max_ms: null, max_tokens: null },
          ...{ spent_ms: 0, spent_tokens: 0, limits: 0, healings: 0 },
          since: null,
        },
        // What only an ended run has.
        ...{ ended_at: undefined, failure: undefined },
      }),
    async trigger({ stage }) {
      await stage.agentctl(["wait", FORGED, "--timeout", "60s"]);
    },
  },
  "a project with a check": {
    plant: (folder, { stage, evil }) =>
      forgeProjects(folder, stage.repository.dir, { verify: `touch ${evil}` }),
    trigger: startAndWait,
  },
  "a project with a set-up for its worktrees": {
    plant: (folder, { stage, evil }) =>
      forgeProjects(folder, stage.repository.dir, {
        worktree: true,
        setup: `touch ${evil}`,
      }),
    trigger: startAndWait,
  },
};

async function startAndWait({ stage }: World): Promise<void> {
  await stage.wait(await stage.start(DONE));
}

for (const [name, attack] of Object.entries(ATTACKS)) {
  Deno.test(`what a worker writes into the workspace of its project does not act: ${name}`, async () => {
    await using stage = await makeStage();
    const workspace = await makeProjectWorkspace(stage);
    const honest = await stage.start(DONE);
    await stage.wait(honest);
    const evil = join(stage.scratch.dir, "evil");
    const world: World = { stage, workspace, honest, evil };
    await attack.plant(workspace.root, world);
    await attack.trigger(world);
    assertEquals(await exists(evil), false, "The attack got through");

    await attack.plant(workspace.state, world);
    await attack.trigger(world);
    assert(await exists(evil), "The control does not act");
  });
}

/** A place where somebody else may have put a workspace, and how it comes to be used. */
interface Place {
  /** Makes the folder that gets a planted `.ai-orch`. */
  make(stage: Stage): Promise<string>;
  /** Where the user works then; the folder itself unless told. */
  cwd?(folder: string, stage: Stage): string;
  /** How the user starts a run. */
  words?(folder: string, stage: Stage): string[];
  env?(folder: string): Record<string, string>;
}

async function makeFolder(path: string): Promise<string> {
  await Deno.mkdir(path, { recursive: true });
  return path;
}

const inSubfolder = (stage: Stage) =>
  makeFolder(join(stage.repository.dir, "sub"));

const PLACES: Record<string, Place> = {
  "a subfolder": { make: inSubfolder },
  "a subfolder, for a project elsewhere": {
    make: inSubfolder,
    words: (_, { repository }) => ["--project", repository.dir],
  },
  "a subfolder, for a worktree": {
    make: inSubfolder,
    words: () => ["--worktree"],
  },
  "a folder above, such as /tmp": {
    make: ({ scratch }) => Promise.resolve(scratch.dir),
    cwd: (_, { repository }) => repository.dir,
  },
  "a folder that --workspace names": {
    make: inSubfolder,
    cwd: (_, { repository }) => repository.dir,
    words: (folder) => ["--workspace", folder],
  },
  "a folder that AI_ORCH_HOME names": {
    make: inSubfolder,
    cwd: (_, { repository }) => repository.dir,
    env: (folder) => ({ AI_ORCH_HOME: join(folder, ".ai-orch") }),
  },
};

/** Plants a run of the queue and a project, each with a program of its own. */
async function plantBoth(
  folder: string,
  place: { project: string; evil: string },
): Promise<void> {
  const { project, evil } = place;
  await forgeQueued(folder, FORGED, {
    cwd: project,
    verify: `touch ${evil}-run`,
  });
  await forgeProjects(folder, project, { verify: `touch ${evil}-project` });
}

/** What the user does: looks, and starts a run of his own. */
async function useWorkspace(
  stage: Stage,
  { words, ...call }: {
    cwd: string;
    env: Record<string, string>;
    words: string[];
  },
): Promise<void> {
  const option = words[0] === "--workspace" ? words : [];
  await stage.agentctl(["list", ...option], call);
  await stage.agentctl(["wait", FORGED, "--timeout", "60s", ...option], call);
  const started = await stage.agentctl(["start", ...words], {
    ...call,
    stdin: DONE,
  });
  assertEquals(started.code, 0, started.stderr);
  await stage.agentctl(["wait", started.stdout.trim(), ...option], call);
}

for (const [name, place] of Object.entries(PLACES)) {
  Deno.test(`a workspace that somebody has planted does not act in ${name}`, async () => {
    await using stage = await makeStage();
    await holdsPlanted(stage, await place.make(stage), place);
  });
}

Deno.test("a workspace that a cloned repository brings along does not act", async () => {
  await using stage = await makeStage();
  const theirs = await makeGitRepository(join(stage.scratch.dir, "theirs"));
  const clone = join(stage.scratch.dir, "clone");
  const evil = join(stage.scratch.dir, "evil");
  await plantBoth(join(theirs.dir, ".ai-orch"), { project: clone, evil });
  await theirs.git("add", "-A", "-f");
  await theirs.git("commit", "-q", "-m", "A present");
  await theirs.git("clone", "-q", theirs.dir, clone);
  assert(await exists(join(clone, ".ai-orch", "runs", FORGED, "meta.json")));
  await holdsPlanted(stage, clone, { make: () => Promise.resolve(clone) });
});

async function holdsPlanted(
  stage: Stage,
  folder: string,
  place: Place,
): Promise<void> {
  const root = join(folder, ".ai-orch");
  const evil = join(stage.scratch.dir, "evil");
  const call = {
    cwd: place.cwd?.(folder, stage) ?? folder,
    env: place.env?.(folder) ?? {},
    words: place.words?.(folder, stage) ?? [],
  };
  const project = call.words[0] === "--project"
    ? stage.repository.dir
    : call.cwd;
  await plantBoth(root, { project, evil });
  await useWorkspace(stage, call);
  assertEquals(await evilOnes(stage), [], "The attack got through");

  await plantBoth(await stateFolder(root, stage.env), { project, evil });
  await useWorkspace(stage, call);
  assertEquals(await evilOnes(stage), ["evil-project", "evil-run"]);
}

async function evilOnes(stage: Stage): Promise<string[]> {
  const names = await Array.fromAsync(
    Deno.readDir(stage.scratch.dir),
    ({ name }) => name,
  );
  return names.filter((name) => name.startsWith("evil")).sort();
}

Deno.test("what could act lies in the home folder alone", async () => {
  await using stage = await makeStage();
  const workspace = await makeProjectWorkspace(stage);
  await stage.agentctl(["add-project", "shop", "."]);
  await stage.agentctl(["pause", "deep"]);
  await stage.wait(await stage.start(DONE, "--worktree"));
  const inside = [...Deno.readDirSync(workspace.root)].map(({ name }) => name);
  assertEquals(inside.sort(), [".gitignore", "config.jsonc"]);
  const states = dirname(workspace.state);
  assertEquals(
    [...Deno.readDirSync(states)].map(({ name }) => name),
    [basename(workspace.state)],
  );
});
