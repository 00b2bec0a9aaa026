import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { forgeEnded } from "../promises/forged_runs.ts";
import { makeProjectWorkspace } from "../support/project_workspace.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { OUT_OF_REACH } from "../support/temporary_folder.ts";

/** Folders in which the first agentctl ran workers, without noting them. */
async function notes(stage: Stage): Promise<string[]> {
  const path = join(stage.scratch.home, ".ai-orch", "worker_folders.jsonl");
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const { folder, kept } = JSON.parse(line);
    return kept.length === 0 ? folder : `${folder} but ${kept}`;
  }).sort();
}

Deno.test("from the first command after an update on, it is known where workers have run", async () => {
  await using stage = await makeStage({ dir: OUT_OF_REACH });
  const workspace = join(stage.scratch.home, ".ai-orch");
  const at = (name: string) => join(stage.scratch.dir, name);
  const path = at("worktrees/shop-1234/run");
  const runs = {
    older: { cwd: at("older"), codex_version: "0.147.0" },
    newer: { cwd: at("newer"), codex_version: "0.169.0" },
    free: { cwd: at("free"), sandbox: "danger-full-access" },
    reads: { cwd: at("reads"), sandbox: "read-only" },
  } as const;
  for (const [id, change] of Object.entries(runs)) {
    await forgeEnded(workspace, id, { stand_in: false, ...change });
  }
  await forgeEnded(workspace, "tree", {
    cwd: path,
    worktree: {
      ...{ path, repository: at("shop"), branch: "agentctl/run" },
      ...{ base_commit: null, commit: null, setup: null },
    },
  });
  // A program that a worker put there is refused from now on.
  const bin = at("older/bin");
  await Deno.mkdir(bin, { recursive: true });
  await Deno.writeTextFile(join(bin, "git"), "#!/bin/sh\n", { mode: 0o755 });
  const refused = async (...words: string[]) => {
    const { stdout, stderr } = await stage.agentctl(words, {
      env: { PATH: `${bin}:${stage.env["PATH"]}` },
      ownProcess: true,
    });
    assertStringIncludes(
      (stdout + stderr).replaceAll(/\s+/g, " "),
      "a worker may have put it",
      words[0],
    );
  };
  await refused("doctor");
  // What only reads notes nothing.
  assertEquals(await notes(stage), []);
  await refused("start", "--prompt", "x");
  assertEquals(
    await notes(stage),
    [
      at("free"),
      `${at("newer")} but ${at("newer/.git")}`,
      at("older"),
      at("worktrees/shop-1234"),
    ].sort(),
  );
});

Deno.test("of runs that an earlier agentctl kept in a project, only the project is noted until they are taken over", async () => {
  await using stage = await makeStage({ dir: OUT_OF_REACH });
  const { root } = await makeProjectWorkspace(stage);
  await forgeEnded(root, "one", { cwd: "/usr/bin" });
  const home = join(stage.scratch.home, ".ai-orch");
  const older = join(stage.scratch.dir, "older");
  await forgeEnded(home, "two", { cwd: older, codex_version: "0.147.0" });
  assertEquals((await stage.agentctl(["ack", "--all"])).code, 0);
  // Those of the home folder count in every workspace.
  assertEquals(await notes(stage), [older, stage.repository.dir].sort());
});

Deno.test("a workspace with a name of its own says nothing about the folder that holds it", async () => {
  await using stage = await makeStage({ dir: OUT_OF_REACH });
  const root = join(stage.scratch.dir, "work");
  await forgeEnded(root, "one", { cwd: "/usr/bin" });
  await stage.agentctl(["ack", "--all"], { env: { AI_ORCH_HOME: root } });
  assertEquals(await notes(stage), [root]);
});

Deno.test("a run of this version is noted by its supervisor alone, which keeps .git", async () => {
  await using stage = await makeStage({ dir: OUT_OF_REACH });
  const id = await stage.start(steps("Work", resultStep(true, "done")));
  await stage.wait(id);
  const { dir } = stage.repository;
  assertEquals(
    (await notes(stage)).filter((note) => note.startsWith(dir)),
    [`${dir} but ${dir}/.git,${dir}/.codex`],
  );
});
