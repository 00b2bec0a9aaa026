import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeGitRepository } from "../support/git_repository.ts";
import {
  callShell,
  finish,
  type ModelServer,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeStage, type Stage } from "../support/stage.ts";
import { OUT_OF_REACH } from "../support/temporary_folder.ts";

const DONE = finish({
  goal_met: true,
  summary: "done",
  followup_prompt: "",
  notes: "",
});

/** The real Codex; a prompt is a script for its shell, inside its sandbox. */
function serve(): ModelServer {
  return startModelServer(
    scriptByPrompt(({ prompts }) => [callShell(prompts.at(-1) ?? ""), DONE]),
  );
}

/** A stage out of the reach of workers, and a file there that none of them can make. */
async function makeTarget(
  server: ModelServer,
): Promise<{ stage: Stage; evidence: string; evil: string }> {
  const stage = await makeStage({ modelServer: server, dir: OUT_OF_REACH });
  const evidence = join(stage.scratch.home, "evidence");
  return { stage, evidence, evil: `touch ${evidence}; cat` };
}

/** Runs a worker to its end. */
async function work(
  stage: Stage,
  script: string,
  ...options: string[]
): Promise<Record<string, unknown>> {
  const id = await stage.start(script, "--profile", "spark", ...options);
  return (await stage.wait(id)).record;
}

/** Whether the evidence is there after plain git did this: the attack itself works. */
async function controlled(
  stage: Stage,
  evidence: string,
  cwd: string,
  ...args: string[]
): Promise<boolean> {
  await new Deno.Command("git", {
    args,
    cwd,
    env: stage.env,
    clearEnv: true,
    stdout: "null",
    stderr: "null",
  }).output();
  return await exists(evidence);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

Deno.test("real Codex: a folder that a worker made a git folder runs nothing, in later runs and continued ones", async () => {
  await using server = serve();
  const { stage, evidence, evil } = await makeTarget(server);
  await using _ = stage;
  const folder = join(stage.scratch.dir, "plain");
  await Deno.mkdir(folder);
  const plant = plantGit(evidence, evil);
  const first = await work(stage, plant, "--project", folder);
  assertEquals(first["status"], "finished");
  assert(await exists(join(folder, "HEAD")), "the worker planted nothing");
  const second = await work(stage, "echo 2 > two", "--project", folder);
  const id = String(second["run_id"]);
  await stage.agentctl(["resume", "--parent-run-id", id], { stdin: "ls" });
  await stage.wait("@last");
  await stage.agentctl(["diff", "@last"], { cwd: folder });
  assertEquals(await exists(evidence), false);
  const args = ["-c", "safe.bareRepository=all", "add", "."];
  assert(await controlled(stage, evidence, folder, ...args));
});

/** A script that makes the folder a git folder, with a filter that makes the evidence. */
function plantGit(evidence: string, evil: string): string {
  return [
    "mkdir objects refs; echo 'ref: refs/heads/main' > HEAD",
    'printf \'[core]\\n\\trepositoryformatversion = 0\\n\\tbare = false\\n\\tworktree = .\\n[filter "evil"]\\n' +
    `\\tclean = "${evil}"\\n' > config`,
    `touch ${evidence}; echo '* filter=evil' > .gitattributes; ls`,
  ].join("; ");
}

Deno.test("real Codex: a folder that a worker made a git folder runs nothing in the next turns of the same run", async () => {
  const invalid = finish("not a result");
  await using server = startModelServer(scriptByPrompt(({ prompts }) => [
    callShell(prompts.at(-1) ?? ""),
    invalid,
    callShell("echo 2 > two"),
    DONE,
  ]));
  for (const transport of ["app-server", "exec"]) {
    const { stage, evidence, evil } = await makeTarget(server);
    await using _ = stage;
    const folder = join(stage.scratch.dir, "plain");
    await Deno.mkdir(folder);
    const { result } = await work(
      ...[stage, plantGit(evidence, evil), "--project", folder] as const,
      ...["--transport", transport],
    );
    assertEquals(result, "repaired");
    assert(await exists(join(folder, "two")), "there was no second turn");
    assertEquals(await exists(evidence), false, transport);
  }
});

Deno.test("real Codex: a repository that a worker plants in the project runs nothing, also with a worktree", async () => {
  await using server = serve();
  const { stage, evidence, evil } = await makeTarget(server);
  await using _ = stage;
  const sub = join(stage.repository.dir, "sub");
  const plant = [
    "git init -q sub; cd sub; echo 1 > a; echo '* filter=evil' > .gitattributes",
    "git add .; git -c user.name=w -c user.email=w@w commit -qm x",
    `git config filter.evil.clean '${evil}'`,
    `git config filter.evil.smudge '${evil}'`,
    "touch .git/config.worktree; git config core.fsmonitor " +
    `'${evil}'; echo >> ../.git/config || echo kept`,
  ].join("; ");
  await work(stage, plant);
  assert(await exists(join(sub, ".git/config")), "the worker planted nothing");
  const inSub = await work(stage, "echo 2 > a", "--project", sub);
  assertStringIncludes(String(inSub["git_diff_stat"]), "a");
  assertStringIncludes(JSON.stringify(inSub["warnings"]), 'filter \\"evil\\"');
  const kept = await work(stage, "echo 3 > a", "--project", sub, "--worktree");
  assertEquals(kept["status"], "finished", JSON.stringify(kept));
  for (const command of ["diff", "merge"]) {
    await stage.agentctl([command, String(kept["run_id"])], { cwd: sub });
  }
  assertEquals(await exists(evidence), false);
  await Deno.writeTextFile(join(sub, "a"), "4\n");
  await Deno.writeTextFile(join(sub, "b"), "4\n");
  assert(await controlled(stage, evidence, sub, "add", "."));
});

Deno.test("real Codex: a run in the parent folder does not speak for the repositories in it", async () => {
  await using server = serve();
  const { stage, evidence, evil } = await makeTarget(server);
  await using _ = stage;
  const parent = join(stage.scratch.dir, "projects");
  const dir = join(parent, "one");
  const mine = join(stage.scratch.home, "mine");
  const { git } = await makeGitRepository(dir, {
    ".gitattributes": "*.x filter=own\n",
  });
  await git("config", "filter.own.clean", `touch ${mine}; cat`);
  await work(stage, "echo 1 > a.x", "--project", dir);
  assert(await exists(mine), "the user's own filter runs");

  const plant =
    `cd ${dir}; git config filter.own.clean '${evil}'; echo 2 > b.x`;
  await work(stage, plant, "--project", parent);
  const config = await Deno.readTextFile(join(dir, ".git/config"));
  assertStringIncludes(config, "evidence");
  const record = await work(stage, "echo 3 > c.x", "--project", dir);
  assertStringIncludes(String(record["git_diff_stat"]), "c.x");
  assertEquals(await exists(evidence), false);
  assert(await controlled(stage, evidence, dir, "add", "."));
});
