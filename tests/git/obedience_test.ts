import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import type { Repository } from "../../src/git/git_call.ts";
import { mergeCommits } from "../../src/git/merge.ts";
import { refusedDrivers } from "../../src/git/obedience.ts";
import { findRepository } from "../../src/git/repository.ts";
import { takeSnapshot } from "../../src/git/snapshot.ts";
import { addWorktree, checkOut } from "../../src/git/worktree.ts";
import { commitTree } from "../../src/git/commit_tree.ts";
import { noteWorkerFolders } from "../../src/system/worker_reach.ts";
import { type Ground, makeGround, writeFiles } from "../promises/git_ground.ts";

const POINTER = "version https://git-lfs.example/spec/v1\n";

/** A program of the user's, first on PATH. */
async function installProgram(
  { base, env }: Ground,
  name: string,
  script: string,
): Promise<string> {
  const path = join(base, "bin", name);
  await writeFiles(base, { [`bin/${name}`]: `#!/bin/sh\n${script}\n` });
  await Deno.chmod(path, 0o755);
  if (!env["PATH"]?.startsWith(join(base, "bin"))) {
    env["PATH"] = `${join(base, "bin")}:${env["PATH"]}`;
  }
  return path;
}

/** A git-lfs that makes every file the same pointer, and of a pointer the same file. */
function installLfs(ground: Ground): Promise<string> {
  return installProgram(
    ground,
    "git-lfs",
    `cat >/dev/null; case $1 in clean) echo "${POINTER.trim()}";; *) echo big;; esac`,
  );
}

/** As `git lfs install` does it, without the process. */
async function setUpLfs({ git }: Ground, ...scope: string[]): Promise<void> {
  const set = (name: string, value: string) =>
    git(["config", ...scope, `filter.lfs.${name}`, value]);
  await set("clean", "git-lfs clean -- %f");
  await set("smudge", "git-lfs smudge -- %f");
  await set("required", "true");
}

async function init(ground: Ground, path = "."): Promise<Repository> {
  const root = join(ground.folder, path);
  await ground.git(["init", "--quiet", "--initial-branch=main", root]);
  const found = await findRepository(root, ground.env);
  assert(found);
  return found;
}

/** What a snapshot takes a file for. */
async function taken(
  repository: Repository,
  path: string,
  { base, env, git }: Ground,
): Promise<string> {
  const scratch = join(base, `scratch-${crypto.randomUUID()}`);
  const options = { scratch, env, keepObjects: true };
  const tree = await takeSnapshot(repository, options);
  return await git(["cat-file", "blob", `${tree}:${path}`], repository.root);
}

Deno.test("git runs the filters that the user set up for all repositories, also in one that a worker could have made", async () => {
  await using ground = await makeGround();
  await installLfs(ground);
  await setUpLfs(ground, "--global");
  await ground.git(["config", "--global", "filter.up.clean", "tr a-z A-Z"]);
  await noteWorkerFolders(ground.env, [{ folder: ground.folder, kept: [] }]);
  const repository = await init(ground, "nested");
  await ground.write({
    "nested/.gitattributes": "*.bin filter=lfs\n*.up filter=up\n",
    "nested/a.bin": "big\n",
    "nested/b.up": "b\n",
  });
  assertEquals(await taken(repository, "a.bin", ground), POINTER);
  assertEquals(await taken(repository, "b.up", ground), "B\n");
  assertEquals(await refusedDrivers(repository, ground.env), []);
});

Deno.test("git runs LFS also where only a repository that a worker could have made says so", async () => {
  await using ground = await makeGround();
  await installLfs(ground);
  await noteWorkerFolders(ground.env, [{ folder: ground.folder, kept: [] }]);
  const repository = await init(ground);
  await setUpLfs(ground, "--local");
  await ground.write({ ".gitattributes": "* filter=lfs\n", "a": "big\n" });
  assertEquals(await taken(repository, "a", ground), POINTER);
});

Deno.test("git runs the filters of the run's own repository, in its folder and in worktrees", async () => {
  await using ground = await makeGround();
  const crypt = await installProgram(ground, "crypt", "tr a-z n-za-m");
  const repository = await init(ground);
  const { folder, env, git } = ground;
  await noteWorkerFolders(env, [{ folder, kept: [repository.git_dir] }]);
  for (const key of ["clean", "smudge"]) {
    await git(["config", `filter.crypt.${key}`, `"${crypt}" ${key}`]);
  }
  await git(["config", "filter.crypt.required", "true"]);
  await ground.write({ ".gitattributes": "s filter=crypt\n", "s": "secret\n" });
  assertEquals(await taken(repository, "s", ground), "frperg\n");
  await git(["add", "."]);
  await git(["commit", "--quiet", "--message", "x"]);
  const home = await findRepository(folder, env);
  assert(home?.head);
  const path = join(ground.base, "worktrees", "one");
  const place = { path, branch: "agentctl/one" };
  const worktree = await addWorktree(home, place, home.head, env);
  await checkOut(worktree, env);
  assertEquals(await Deno.readTextFile(join(path, "s")), "secret\n");
  await noteWorkerFolders(env, [{ folder: join(path, ".."), kept: [] }]);
  await Deno.writeTextFile(join(path, "s"), "more\n");
  assertEquals(await taken(worktree, "s", ground), "zber\n");
});

Deno.test("git skips the filters that a worker could have written, and says which", async () => {
  await using ground = await makeGround();
  const { folder, env, git } = ground;
  const repository = await init(ground);
  await noteWorkerFolders(env, [{ folder, kept: [repository.git_dir] }]);
  const inner = await init(ground, "inner");
  const set = (name: string, value: string, cwd?: string) =>
    git(["config", name, value], cwd);
  await set("filter.venv.clean", join(folder, ".venv/bin/strip"));
  await set("filter.venv.required", "true");
  await set("filter.up.clean", "tr a-z A-Z");
  await set("filter.inner.clean", "tr a-z A-Z", inner.root);
  await ground.write({
    ".gitattributes": "*.v filter=venv\n*.u filter=up\n",
    "inner/.gitattributes": "* filter=inner\n",
    "a.v": "a\n",
    "b.u": "b\n",
    "inner/c": "c\n",
  });
  assertEquals(await taken(repository, "a.v", ground), "a\n");
  assertEquals(await taken(repository, "b.u", ground), "B\n");
  assertEquals(await taken(inner, "c", ground), "c\n");
  assertEquals(await refusedDrivers(repository, env), [
    `filter "venv" of ${folder}/.git/config (it runs what a worker could have written)`,
  ]);
  assertEquals(await refusedDrivers(inner, env), [
    `filter "inner" of ${folder}/inner/.git/config (a worker could have written that file)`,
  ]);
});

Deno.test("git finds nothing that it runs in the folder of a run, though that is on PATH", async () => {
  await using ground = await makeGround();
  const { folder, env, evil } = ground;
  await installLfs(ground);
  await setUpLfs(ground, "--global");
  await ground.write({
    ".venv/bin/git-lfs": `#!/bin/sh\n${evil}\n`,
    ".gitattributes": "* filter=lfs\n",
    "a": "big\n",
  });
  await Deno.chmod(join(folder, ".venv/bin/git-lfs"), 0o755);
  env["PATH"] = `${join(folder, ".venv/bin")}:${env["PATH"]}`;
  const repository = await init(ground);
  await noteWorkerFolders(env, [{ folder, kept: [repository.git_dir] }]);
  assertEquals(await taken(repository, "a", ground), POINTER);
  await assertRejects(() => Deno.stat(ground.evidence));
  await ground.git(["add", "a"]);
  await Deno.stat(ground.evidence);
});

Deno.test("git merges by the user's driver, and by itself where the driver is a worker's", async () => {
  const lines = ["1", "2", "3", "4", "5"];
  const merged: string[] = [];
  for (const driver of ["mine %A", "sh ./driver %A"]) {
    await using ground = await makeGround();
    await installProgram(ground, "mine", 'echo mine > "$1"');
    const { folder, env, git } = ground;
    const repository = await init(ground);
    await noteWorkerFolders(env, [{ folder, kept: [repository.git_dir] }]);
    await git(["config", "merge.own.driver", driver]);
    await ground.write({ "driver": 'echo theirs > "$1"\n' });
    const call = { env, cwd: folder, repository };
    const commit = async (text: string, parents: string[]) => {
      await ground.write({ ".gitattributes": "a merge=own\n", "a": text });
      const scratch = join(ground.base, "scratch");
      const tree = await takeSnapshot(repository, {
        ...{ scratch, env },
        keepObjects: true,
      });
      return await commitTree({ tree, parents, message: "x\n" }, call);
    };
    const text = (changed: Record<number, string>) =>
      lines.map((line, index) => `${changed[index] ?? line}\n`).join("");
    const base = await commit(text({}), []);
    const ours = await commit(text({ 0: "ours" }), [base]);
    const theirs = await commit(text({ 4: "theirs" }), [base]);
    const result = await mergeCommits(repository, ours, {
      ...{ commit: theirs, message: "Merged\n", squash: false },
    }, { env });
    assert(result.state === "merged");
    merged.push(await git(["cat-file", "blob", `${result.commit}:a`]));
  }
  assertEquals(merged, ["mine\n", "ours\n2\n3\n4\ntheirs\n"]);
});

Deno.test("addWorktree() makes a worktree of the repository itself, also where git is not to read its configuration", async () => {
  await using ground = await makeGround();
  const { folder, env, git, base } = ground;
  await noteWorkerFolders(env, [{ folder, kept: [] }]);
  await init(ground);
  await ground.write({ "a": "1\n" });
  await git(["add", "."]);
  await git(["commit", "--quiet", "--message", "x"]);
  const home = await findRepository(folder, env);
  assert(home?.head);
  const path = join(base, "worktrees", "one");
  const place = { path, branch: "agentctl/one" };
  await checkOut(await addWorktree(home, place, home.head, env), env);
  await Deno.remove(join(env["HOME"] ?? "", ".ai-orch/git"), {
    recursive: true,
  });
  assertEquals(
    await git(["status", "--short", "--branch"], path),
    [
      "## agentctl/one\n",
    ].join(""),
  );
  const [own, other] = (await git(["worktree", "list", "--porcelain"]))
    .trim().split("\n\n");
  assertEquals([own?.split("\n")[0], other?.split("\n")[0]], [
    `worktree ${folder}`,
    `worktree ${path}`,
  ]);
});

Deno.test("findRepository() refuses a .git that a worker could have made lead to another repository", async () => {
  await using ground = await makeGround();
  const { folder, env, git, base } = ground;
  const own = join(base, "own");
  await git(["init", "--quiet", own]);
  await git(["commit", "--quiet", "--allow-empty", "--message", "x"], own);
  const linked = join(folder, "linked");
  await git(["worktree", "add", "--quiet", linked], own);
  await git(["init", "--quiet", `--separate-git-dir=${base}/apart`, "apart"]);
  const root = async (path: string) =>
    (await findRepository(join(folder, path), env))?.root ?? null;
  // What the user has made counts as long as no worker was there, and what knows of its folder forever.
  assertEquals(await root("linked"), linked);
  assertEquals(await root("apart"), join(folder, "apart"));
  await noteWorkerFolders(env, [{ folder, kept: [] }]);
  assertEquals(await root("linked"), linked);
  await ground.write({
    "one/.git": `gitdir: ${own}/.git\n`,
    "two/.git": `gitdir: ${own}/.git/worktrees/linked\n`,
    "three/.git/commondir": `${own}/.git\n`,
    "three/.git/HEAD": "ref: refs/heads/main\n",
    "four/HEAD": "",
  });
  await Deno.symlink(join(own, ".git"), join(folder, "four/.git"));
  for (const path of ["apart", "one", "two", "three", "four"]) {
    await assertRejects(() => root(path), Error, "belongs to another folder");
  }
});

Deno.test("findRepository() passes over a folder that looks like a git folder, and a .git that is not one", async () => {
  await using ground = await makeGround();
  const { folder, env } = ground;
  await init(ground);
  await ground.write({
    "sub/HEAD": "ref: refs/heads/main\n",
    "sub/objects/x": "",
    "sub/refs/x": "",
    "sub/config": "[core]\n\tbare = false\n\tworktree = .\n",
    "sub/.git/x": "",
  });
  const found = await findRepository(join(folder, "sub"), env);
  assertEquals([found?.root, found?.prefix], [folder, "sub"]);
});
