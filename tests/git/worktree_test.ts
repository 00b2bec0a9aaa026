import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { isReady } from "../../src/git/kept_changes.ts";
import {
  addWorktree,
  checkOut,
  countUncommitted,
  deleteBranch,
  findWorktree,
  innerRepositories,
  isContained,
  removeWorktree,
} from "../../src/git/worktree.ts";
import { BRANCH, worktreeStage } from "./worktree_stage.ts";

Deno.test("addWorktree() makes a branch, or takes the one that is there, whatever happened to the folder", async () => {
  await using stage = await worktreeStage({ a: "1\n" });
  const { home, path, repository: { env } } = stage;
  assert(home.head);
  await stage.write({ a: "2\n" });
  const commit = await stage.keep();
  await Deno.remove(path, { recursive: true });
  assertEquals(await findWorktree(home, path, env), null);
  const worktree = await addWorktree(
    home,
    { path, branch: BRANCH },
    home.head,
    env,
  );
  assertEquals([worktree.head, worktree.branch], [commit, BRANCH]);
  assertEquals(await isReady(worktree, env), false);
  await checkOut(worktree, env);
  assertEquals(await Deno.readTextFile(join(path, "a")), "2\n");
});

Deno.test("addWorktree() refuses a folder that is taken", async () => {
  await using stage = await worktreeStage({ a: "1\n" });
  const { home, repository: { base, env } } = stage;
  const path = join(base, "taken");
  await Deno.mkdir(path);
  await Deno.writeTextFile(join(path, "x"), "");
  assertEquals(await findWorktree(home, path, env), null);
  const error = await assertRejects(
    () =>
      addWorktree(home, { path, branch: "agentctl/x" }, home.head ?? "", env),
    Error,
  );
  assertEquals(
    error.message,
    `Cannot make worktree "${path}": git says: '${path}' already exists`,
  );
});

Deno.test("removeWorktree() and deleteBranch() leave nothing, also of a locked worktree or one that is gone", async () => {
  for (const prepare of ["nothing", "lock", "remove"]) {
    await using stage = await worktreeStage({ a: "1\n" });
    const { home, path, repository } = stage;
    await stage.write({ a: "2\n", b: "3\n" });
    if (prepare === "lock") await stage.git("worktree", "lock", path);
    if (prepare === "remove") await Deno.remove(path, { recursive: true });
    await removeWorktree(home, path, repository.env);
    await deleteBranch(home, BRANCH, repository.env);
    await deleteBranch(home, BRANCH, repository.env);
    assertEquals(await Deno.lstat(path).catch(() => null), null);
    assertEquals(await repository.git(["branch", "--list"]), "* main\n");
    assertEquals(
      (await repository.git(["worktree", "list"])).split("\n").length,
      2,
    );
  }
});

Deno.test("isContained() looks at HEAD, branches and tags, but not at the branches of runs", async () => {
  await using stage = await worktreeStage({ a: "1\n" });
  const { home, repository } = stage;
  await stage.write({ a: "2\n" });
  const commit = await stage.keep();
  const isThere = () => isContained(home, commit, "agentctl/", repository.env);
  assertEquals(await isThere(), false);
  await repository.git(["tag", "kept", commit]);
  assertEquals(await isThere(), true);
  await repository.git(["tag", "-d", "kept"]);
  await repository.git(["merge", "--quiet", commit]);
  assertEquals(await isThere(), true);
});

Deno.test("innerRepositories() finds submodules that are filled, and repositories with and without commits", async () => {
  await using stage = await worktreeStage({ a: "1\n" });
  const { repository } = stage;
  const worktree = await stage.worktree();
  assertEquals(await innerRepositories(worktree, repository.env), []);
  await stage.write({ "inner/x": "1\n" });
  await stage.git("init", "--quiet", "inner");
  assertEquals(await innerRepositories(worktree, repository.env), ["inner"]);
  await stage.git("-C", "inner", "add", ".");
  await stage.git("-C", "inner", "commit", "--quiet", "--message", "x");
  await stage.keep();
  assertEquals(await innerRepositories(worktree, repository.env), ["inner"]);
});

Deno.test("countUncommitted() counts changed and new files", async () => {
  await using stage = await worktreeStage({ a: "1\n", b: "1\n" });
  const count = () => countUncommitted(stage.home, stage.repository.env);
  assertEquals(await count(), 0);
  await stage.repository.write({ a: "2\n", c: "new\n" });
  assertEquals(await count(), 2);
});
