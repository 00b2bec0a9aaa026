import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import { composeChanges, isReady } from "../../src/git/kept_changes.ts";
import { fingerprint } from "./temporary_repository.ts";
import { BRANCH, worktreeStage } from "./worktree_stage.ts";

Deno.test("composeChanges() and adoptChanges() put what a worker left onto the branch, and leave the user's work tree alone", async () => {
  await using stage = await worktreeStage({ a: "1\n", b: "1\n", c: "1\n" });
  await stage.repository.write({ b: "of the user\n", new: "too\n" });
  const before = await fingerprint(stage.repository.root);
  await stage.write({ a: "2\n", "folder/ü": "new\n" });
  await Deno.remove(join(stage.path, "c"));
  const commit = await stage.keep("Title\n\nWords\n");
  assertEquals(
    await stage.git("log", "-1", "--format=%B", commit),
    "Title\n\nWords\n\n",
  );
  assertEquals(
    await stage.git("show", "--format=", "--name-status", "-z", commit),
    "M\0a\0D\0c\0A\0folder/ü\0",
  );
  assertEquals(
    await stage.git("rev-parse", BRANCH, "HEAD"),
    `${commit}\n${commit}\n`,
  );
  assertEquals(await stage.git("status", "--porcelain"), "");
  const isOurs = (line: string) =>
    !/\.git\/(objects|worktrees|refs\/heads\/agentctl|logs\/refs\/heads\/agentctl)/
      .test(line) &&
    !/\.git\/(refs\/heads|logs\/refs\/heads|logs\/refs|logs) /.test(line);
  assertEquals(
    (await fingerprint(stage.repository.root)).filter(isOurs),
    before.filter(isOurs),
  );
});

Deno.test("composeChanges() makes no commit where nothing changed", async () => {
  await using stage = await worktreeStage({ a: "1\n" });
  assertEquals(await stage.keep(), stage.home.head);
});

Deno.test("composeChanges() leaves out what the set-up made, also in later attempts", async () => {
  await using stage = await worktreeStage(
    { a: "1\n", lock: "1\n", gone: "1\n" },
    async (stage) => {
      await stage.write({
        "modules/x": "made\n",
        lock: "2\n",
        "gen/out": "1\n",
      });
      await Deno.remove(join(stage.path, "gone"));
    },
  );
  await stage.write({ a: "2\n", "gen/out": "touched\n" });
  const first = await stage.keep();
  assertEquals(
    await stage.git("show", "--format=", "--name-status", first),
    "M\ta\nA\tgen/out\n",
  );
  await stage.write({ a: "3\n" });
  const second = await stage.keep();
  assertEquals(await stage.git("rev-parse", `${second}^`), `${first}\n`);
  assertEquals(
    await stage.git("show", "--format=", "--name-only", second),
    "a\n",
  );
  assertEquals(
    await stage.git("status", "--porcelain"),
    " D gone\n M lock\n?? modules/\n",
  );
  assertEquals(await stage.keep(), second);
});

Deno.test("composeChanges() keeps what a worker committed by itself, with what it left besides", async () => {
  await using stage = await worktreeStage(
    { a: "1\n" },
    (stage) => stage.write({ made: "by the set-up\n" }),
  );
  await stage.write({ a: "2\n" });
  await stage.git("commit", "--quiet", "--all", "--message", "Own");
  const own = (await stage.git("rev-parse", "HEAD")).trim();
  assertEquals(await stage.keep(), own);
  await stage.write({ b: "3\n" });
  const commit = await stage.keep();
  assertEquals(await stage.git("rev-parse", `${commit}^`), `${own}\n`);
  assertEquals(
    await stage.git("show", "--format=", "--name-only", commit),
    "b\n",
  );
});

Deno.test("composeChanges() takes back what a worker committed and then took back in the files", async () => {
  await using stage = await worktreeStage(
    { a: "1\n" },
    (stage) => stage.write({ made: "by the set-up\n" }),
  );
  await stage.write({ a: "2\n" });
  await stage.git("commit", "--quiet", "--all", "--message", "Own");
  await stage.write({ a: "1\n" });
  const commit = await stage.keep();
  assertEquals(await stage.git("show", `${commit}:a`), "1\n");
  assertEquals(await stage.git("ls-tree", "--name-only", commit), "a\n");
});

Deno.test("composeChanges() brings commits of other branches and of a detached HEAD onto the run's branch", async () => {
  for (const checkout of [["-b", "other"], ["--detach"]]) {
    await using stage = await worktreeStage({ a: "1\n" });
    await stage.git("checkout", "--quiet", ...checkout);
    await stage.write({ a: "2\n" });
    await stage.git("commit", "--quiet", "--all", "--message", "Own");
    const own = (await stage.git("rev-parse", "HEAD")).trim();
    assertEquals(await stage.keep(), own);
    assertEquals(
      await stage.git("symbolic-ref", "HEAD"),
      `refs/heads/${BRANCH}\n`,
    );
  }
});

Deno.test("composeChanges() joins branches that parted, and takes the files as they are", async () => {
  await using stage = await worktreeStage({ a: "1\n" });
  await stage.write({ a: "on the branch\n" });
  await stage.git("commit", "--quiet", "--all", "--message", "One");
  const one = (await stage.git("rev-parse", "HEAD")).trim();
  await stage.git("checkout", "--quiet", "-b", "other", "HEAD~1");
  await stage.write({ a: "elsewhere\n" });
  await stage.git("commit", "--quiet", "--all", "--message", "Two");
  const two = (await stage.git("rev-parse", "HEAD")).trim();
  await stage.write({ b: "left\n" });
  const commit = await stage.keep();
  assertEquals(
    await stage.git("log", "-1", "--format=%P", commit),
    `${one} ${two}\n`,
  );
  assertEquals(await stage.git("show", `${commit}:a`), "elsewhere\n");
  assertEquals(await stage.git("show", `${commit}:b`), "left\n");
});

Deno.test("composeChanges() survives a branch that was deleted and a history that was rewritten", async () => {
  await using stage = await worktreeStage({ a: "1\n" });
  await stage.git("checkout", "--quiet", "--detach");
  await stage.git("branch", "--quiet", "-D", BRANCH);
  await stage.write({ a: "2\n" });
  await stage.git(
    "commit",
    "--quiet",
    "--all",
    "--amend",
    "--message",
    "Rewritten",
  );
  const rewritten = (await stage.git("rev-parse", "HEAD")).trim();
  const commit = await stage.keep();
  assertEquals(
    await stage.git("log", "-1", "--format=%P", commit),
    `${stage.home.head} ${rewritten}\n`,
  );
  assertEquals(await stage.git("show", `${BRANCH}:a`), "2\n");
});

Deno.test("composeChanges() signs nothing, runs no hook, and needs no name", async () => {
  await using stage = await worktreeStage({ a: "1\n" });
  const { repository } = stage;
  const hooks = join(repository.root, ".git/hooks");
  await Deno.mkdir(hooks, { recursive: true });
  for (
    const hook of [
      "pre-commit",
      "commit-msg",
      "post-commit",
      "reference-transaction",
      "post-index-change",
      "post-checkout",
    ]
  ) {
    await Deno.writeTextFile(
      join(hooks, hook),
      `#!/bin/sh\ntouch '${repository.base}/ran-${hook}'\nexit 1\n`,
      { mode: 0o755 },
    );
  }
  await repository.git(["config", "commit.gpgSign", "true"]);
  await repository.git(["config", "gpg.program", "/nonexistent"]);
  await stage.write({ a: "2\n" });
  assertEquals(
    await stage.git("log", "-1", "--format=%an %ae", await stage.keep()),
    "Test test@example.com\n",
  );
  await Deno.writeTextFile(join(repository.base, ".gitconfig"), "");
  await stage.write({ a: "3\n" });
  assertEquals(
    await stage.git("log", "-1", "--format=%an %ae %cn", await stage.keep()),
    "agentctl agentctl@localhost agentctl\n",
  );
  const names = Array.from(
    Deno.readDirSync(repository.base),
    ({ name }) => name,
  );
  assertEquals(names.filter((name) => name.startsWith("ran-")), []);
});

Deno.test("composeChanges() alone changes no ref, index or file", async () => {
  await using stage = await worktreeStage({ a: "1\n" });
  const { env, scratch, root } = stage.repository;
  await stage.write({ a: "2\n" });
  const state = async () => [
    ...await fingerprint(stage.path),
    ...(await fingerprint(root)).filter((line) =>
      !line.includes("/.git/objects")
    ),
  ];
  const before = await state();
  const worktree = await stage.worktree();
  const kept = await composeChanges(worktree, {
    branch: BRANCH,
    scratch,
    env,
    message: "x",
  });
  assertNotEquals(kept.commit, kept.tip);
  assertEquals(await state(), before);
  assert(await isReady(worktree, env));
});

Deno.test("composeChanges() tells of files that git could not take", async () => {
  await using stage = await worktreeStage({
    ".gitattributes": "*.utf working-tree-encoding=UTF-16\n",
  });
  const { env, scratch } = stage.repository;
  await stage.write({ "wrong.utf": "not UTF-16", right: "1\n" });
  const kept = await composeChanges(await stage.worktree(), {
    branch: BRANCH,
    scratch,
    env,
    message: "x",
  });
  assert(kept.leftOut?.includes("wrong.utf"), String(kept.leftOut));
  assertEquals(
    await stage.git("ls-tree", "--name-only", kept.commit),
    ".gitattributes\nright\n",
  );
});
