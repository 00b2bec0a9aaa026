import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  addWorktree,
  adoptChanges,
  checkOut,
  composeChanges,
  countUncommitted,
  deleteBranch,
  diffTrees,
  fastForward,
  findRepository,
  innerRepositories,
  listHiddenFiles,
  markStart,
  mergeCommits,
  removeWorktree,
  type Repository,
  takeSnapshot,
} from "../../src/git/mod.ts";
import { noteWorkerFolders } from "../../src/system/worker_reach.ts";
import { OUT_OF_REACH } from "../git/temporary_repository.ts";
import {
  type Attack,
  ATTACKS,
  type Ground,
  writeFiles,
} from "./git_attacks.ts";

/** Folders out of the reach of workers, a home among them, and an environment that knows no other. */
async function makeGround(): Promise<
  Ground & { env: Record<string, string> } & AsyncDisposable
> {
  const base = await Deno.realPath(
    await Deno.makeTempDir({ dir: OUT_OF_REACH, prefix: "agentctl-" }),
  );
  const folder = join(base, "run");
  const home = join(base, "home");
  await Promise.all([folder, home].map((path) => Deno.mkdir(path)));
  await Deno.writeTextFile(
    join(home, ".gitconfig"),
    "[user]\n\tname = Test\n\temail = test@example.com\n",
  );
  const env = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
  };
  const evidence = join(base, "evidence");
  return {
    base,
    folder,
    evidence,
    evil: `touch ${evidence}; cat`,
    env,
    async git(args, cwd = folder) {
      const { stdout } = await new Deno.Command("git", {
        args,
        cwd,
        env: { ...env, GIT_EDITOR: "true", GIT_TERMINAL_PROMPT: "0" },
        clearEnv: true,
        stdin: "null",
      }).output();
      return new TextDecoder().decode(stdout);
    },
    write: (files) => writeFiles(folder, files),
    [Symbol.asyncDispose]: () => Deno.remove(base, { recursive: true }),
  };
}

/** What the supervisor notes of the folder of a run, before its worker starts. */
async function noteRun(ground: Ground & { env: Record<string, string> }) {
  const git = join(ground.folder, ".git");
  const isThere = await exists(git);
  await noteWorkerFolders(ground.env, [
    { folder: ground.folder, git: isThere ? git : null },
  ]);
}

/** All that agentctl does with git in a folder; what is refused is no matter here. */
async function useAll(
  folder: string,
  ground: Ground & { env: Record<string, string> },
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
