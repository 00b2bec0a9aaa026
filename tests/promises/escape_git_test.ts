import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { Repository } from "../../src/git/git_call.ts";
import { listHiddenFiles } from "../../src/git/hidden_files.ts";
import {
  adoptChanges,
  composeChanges,
  markStart,
} from "../../src/git/kept_changes.ts";
import { fastForward, mergeCommits } from "../../src/git/merge.ts";
import {
  environmentForOthers,
  refusedDrivers,
} from "../../src/git/obedience.ts";
import { findRepository } from "../../src/git/repository.ts";
import { takeSnapshot } from "../../src/git/snapshot.ts";
import { diffTrees } from "../../src/git/tree_diff.ts";
import {
  addWorktree,
  checkOut,
  countUncommitted,
  deleteBranch,
  innerRepositories,
  removeWorktree,
} from "../../src/git/worktree.ts";
import { noteWorkerFolders } from "../../src/system/worker_reach.ts";
import { type Attack, ATTACKS } from "./git_attacks.ts";
import { type Ground, makeGround, writeFiles } from "./git_ground.ts";

/** What the supervisor notes of the folder of a run, before its worker starts. */
async function noteRun(ground: Ground) {
  const git = join(ground.folder, ".git");
  const isThere = await exists(git);
  await noteWorkerFolders(ground.env, [
    { folder: ground.folder, kept: isThere ? [git] : [] },
  ]);
}

/** All that agentctl does with git in a folder; refusals do not matter here. */
async function useAll(
  folder: string,
  ground: Ground,
  known?: Repository,
): Promise<void> {
  const { env, base } = ground;
  const scratch = join(base, `scratch-${crypto.randomUUID()}`);
  const attempt = async (action: () => Promise<unknown>) => {
    await action().catch(() => {});
  };
  const found = known ?? await findRepository(folder, env).catch(() => null);
  if (found === null) return;
  const keep = { scratch, env, keepObjects: true };
  await attempt(async () => {
    const before = await takeSnapshot(found, { scratch, env });
    await Deno.writeTextFile(join(folder, "new"), "new\n");
    const after = await takeSnapshot(found, { scratch, env });
    const patchFile = join(base, "patch");
    await diffTrees(found, before, after, { scratch, env, patchFile });
    await listHiddenFiles(found, before, { scratch, env });
  });
  await attempt(() => countUncommitted(found, env));
  await attempt(() => innerRepositories(found, env));
  const path = join(base, "worktrees", "one");
  const branch = "agentctl/one";
  await attempt(async () => {
    assert(found.head);
    const worktree = await addWorktree(
      found,
      { path, branch },
      found.head,
      env,
    );
    await checkOut(worktree, env);
    await markStart(worktree, await takeSnapshot(worktree, keep), env);
    await writeFiles(path, { "a": "theirs\n", "b": "2\n" });
    await writeFiles(folder, { "a": "ours\n" });
    const kept = await composeChanges(worktree, {
      ...{ branch, scratch, env },
      message: "Kept\n",
    });
    await adoptChanges(worktree, kept, { branch, env });
    // As if the user had committed meanwhile.
    const ours = await takeSnapshot(found, keep);
    const { commitTree } = await import("../../src/git/commit_tree.ts");
    const content = { tree: ours, parents: [found.head], message: "Ours\n" };
    const call = { env, cwd: folder, repository: found };
    const into = await commitTree(content, call);
    const source = { commit: kept.commit, message: "Merged\n", squash: false };
    const merged = await mergeCommits(found, into, source, { env });
    const commit = merged.state === "merged" ? merged.commit : kept.commit;
    await fastForward(found, commit, env);
  });
  await attempt(() => removeWorktree(found, path, env));
  await attempt(() => deleteBranch(found, branch, env));
}

/** What Codex 0.169 asks git at every turn, and more than that, with the environment that it gets. */
async function askAsCodex(folder: string, ground: Ground): Promise<void> {
  const env = {
    ...ground.env,
    ...await environmentForOthers(folder, ground.env),
  };
  const objects = join(ground.base, "objects-of-codex");
  await Deno.mkdir(objects);
  const elsewhere = {
    GIT_INDEX_FILE: join(ground.base, "index-of-codex"),
    GIT_OBJECT_DIRECTORY: objects,
  };
  for (
    const { args, ...more } of [
      { args: ["status", "--porcelain", "--ignore-submodules=dirty"] },
      { args: ["add", "."], ...elsewhere },
    ]
  ) {
    await new Deno.Command("git", {
      args: [
        ...["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"],
        ...args,
      ],
      cwd: folder,
      env: { ...env, ...more },
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

async function isOlder([major, minor]: [number, number]): Promise<boolean> {
  const { stdout } = await new Deno.Command("git", { args: ["--version"] })
    .output();
  const [, a, b] = /(\d+)\.(\d+)/.exec(new TextDecoder().decode(stdout)) ?? [];
  return Number(a) < major || Number(a) === major && Number(b) < minor;
}

async function assertHolds(attack: Attack): Promise<void> {
  await using ground = await makeGround();
  const next = join(ground.folder, attack.next);
  await attack.before?.(ground);
  await noteRun(ground);
  await attack.plant(ground);
  await useAll(next, ground);
  await askAsCodex(next, ground);
  assertEquals(await exists(ground.evidence), false, "a planted program ran");
  await attack.control(ground);
  assert(await exists(ground.evidence), "the control did not run it either");
}

for (const attack of ATTACKS) {
  Deno.test(`git runs nothing of a worker's: ${attack.name}`, async () => {
    if (attack.since && await isOlder(attack.since)) return;
    await assertHolds(attack);
  });
}

Deno.test("git runs nothing of a worker's that swaps the configuration all the time", async () => {
  await using ground = await makeGround();
  const { folder, env, base, evil, write } = ground;
  await noteRun(ground);
  await ground.git(["init", "--quiet", "sub"]);
  await write({ "sub/.gitattributes": "* filter=evil\n" });
  const config = join(folder, "sub/.git/config");
  const harmless = await Deno.readTextFile(config);
  const texts = [harmless, `${harmless}[filter "evil"]\n\tclean = ${evil}\n`];
  const swapping = new AbortController();
  const swap = async () => {
    for (let round = 0; !swapping.signal.aborted; round++) {
      await Deno.writeTextFile(`${config}.new`, texts[round % 2] ?? "");
      await Deno.rename(`${config}.new`, config);
    }
  };
  const swapped = swap();
  for (let round = 0; round < 10; round++) {
    await write({ [`sub/${round}`]: "" });
    const found = await findRepository(join(folder, "sub"), env);
    assert(found);
    const scratch = join(base, `scratch-${round}`);
    const tree = await takeSnapshot(found, { scratch, env });
    assertEquals(tree.length, 40);
  }
  swapping.abort();
  await swapped;
  assertEquals(await exists(ground.evidence), false);
  await Deno.writeTextFile(config, texts[1] ?? "");
  await ground.git(["add", "."], join(folder, "sub"));
  assert(await exists(ground.evidence));
});

Deno.test("git stops obeying a repository in whose parent folder a worker starts meanwhile", async () => {
  await using ground = await makeGround();
  const { folder, env, base, evil, write, git } = ground;
  const project = join(folder, "project");
  await git(["init", "--quiet", project]);
  await write({ "project/.gitattributes": "*.x filter=mine\n" });
  const mine = join(base, "mine");
  await git(["config", "filter.mine.clean", `touch ${mine}; cat`], project);
  await write({ "project/1.x": "" });
  const found = await findRepository(project, env);
  assert(found);
  const scratch = join(base, "scratch");
  await takeSnapshot(found, { scratch, env });
  assert(await exists(mine), "the user's own filter runs");

  await noteRun(ground);
  await git(["config", "filter.mine.clean", evil], project);
  await write({ "project/2.x": "" });
  await takeSnapshot(found, { scratch, env });
  assertEquals(await exists(ground.evidence), false);
  assertEquals((await refusedDrivers(found, env)).length, 1);
  await git(["add", "."], project);
  assert(await exists(ground.evidence));
});
