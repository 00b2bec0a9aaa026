import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { snapshot, snapshotPaths } from "./snapshot_without_trace.ts";
import {
  listTree,
  readBlob,
  temporaryRepository,
} from "./temporary_repository.ts";

Deno.test("takeSnapshot() uses the index of a linked worktree", async () => {
  await using repository = await temporaryRepository({
    "a": "1\n",
    ".gitignore": "forced\n",
  });
  const linked = join(repository.base, "linked");
  await repository.git(["worktree", "add", "--quiet", "-b", "other", linked]);
  await Deno.writeTextFile(join(linked, "forced"), "1\n");
  await repository.git(["add", "--force", "forced"], { cwd: linked });
  await repository.write({ "only-in-main": "1\n" });
  assertEquals(await snapshotPaths(repository, linked), [
    ".gitignore",
    "a",
    "forced",
  ]);
});

Deno.test("takeSnapshot() leaves a split index whole", async () => {
  await using repository = await temporaryRepository({
    "a": "1\n",
    "b": "1\n",
  });
  await repository.git(["config", "core.splitIndex", "true"]);
  await repository.git(["update-index", "--split-index"]);
  await repository.write({ "c": "1\n" });
  await repository.git(["add", "c"]);
  await repository.write({ "d": "1\n" });
  assertEquals(await snapshotPaths(repository), ["a", "b", "c", "d"]);
});

Deno.test("takeSnapshot() keeps what a sparse checkout leaves out, and records what was made there", async () => {
  await using repository = await temporaryRepository({
    "in/a": "1\n",
    "out/b": "1\n",
    "out/c": "1\n",
    "far/d": "1\n",
  });
  for (const index of ["--no-sparse-index", "--sparse-index"]) {
    await repository.git(["sparse-checkout", "set", "--cone", index, "in"]);
    await repository.write({
      "in/new": "1\n",
      "out/new": "1\n",
      "out/b": "changed\n",
    });
    const tree = await snapshot(repository);
    const paths = ["far/d", "in/a", "in/new", "out/b", "out/c", "out/new"];
    assertEquals(Object.keys(await listTree(repository, tree)), paths);
    assertEquals(await readBlob(repository, tree, "out/b"), "changed\n");
    await Deno.remove(join(repository.root, "out"), { recursive: true });
  }
});

Deno.test("takeSnapshot() sees changes of files marked assume-unchanged or skip-worktree", async () => {
  await using repository = await temporaryRepository({
    "assumed ü": "1\n",
    "skipped": "1\n",
    "plain": "1\n",
  });
  await repository.git(["update-index", "--assume-unchanged", "assumed ü"]);
  await repository.git(["update-index", "--skip-worktree", "skipped"]);
  await repository.git([
    "config",
    "sparse.expectFilesOutsideOfPatterns",
    "true",
  ]);
  await repository.write({ "assumed ü": "2\n", "skipped": "2\n" });
  const tree = await snapshot(repository);
  assertEquals(await readBlob(repository, tree, "assumed ü"), "2\n");
  assertEquals(await readBlob(repository, tree, "skipped"), "2\n");
});

Deno.test("takeSnapshot() sees a change of the same size in the second in which the index was written", async () => {
  await using repository = await temporaryRepository();
  await repository.git(["config", "core.trustCtime", "false"]);
  const path = join(repository.root, "a");
  const index = join(repository.root, ".git/index");
  const moment = new Date("2024-01-01T00:00:00Z");
  await repository.write({ "a": "one\n" });
  await Deno.utime(path, moment, moment);
  await repository.git(["add", "a"]);
  await Deno.utime(index, moment, moment);
  await repository.write({ "a": "two\n" });
  await Deno.utime(path, moment, moment);
  assertEquals(
    await readBlob(repository, await snapshot(repository), "a"),
    "two\n",
  );
});

Deno.test("takeSnapshot() runs no hook, fsmonitor or editor of the repository", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  const evidence = join(repository.base, "evidence");
  const hook = join(repository.root, ".git/hooks/post-index-change");
  await Deno.writeTextFile(hook, `#!/bin/sh\necho hook >>"${evidence}"\n`, {
    mode: 0o755,
  });
  await Deno.mkdir(join(repository.base, "bin"));
  const monitor = join(repository.base, "bin/monitor");
  await Deno.writeTextFile(
    monitor,
    `#!/bin/sh\necho monitor >>"${evidence}"\n`,
    { mode: 0o755 },
  );
  await repository.git(["config", "core.fsmonitor", monitor]);
  await repository.git(["config", "core.untrackedCache", "true"]);
  await repository.git(["update-index", "--fsmonitor", "--untracked-cache"]);
  await repository.git(["status"]);
  assert((await Deno.readTextFile(evidence)).includes("monitor"));
  await Deno.remove(evidence);
  await repository.write({ "a": "2\n", "b": "1\n" });
  const tree = await snapshot(repository);
  assertEquals(await readBlob(repository, tree, "a"), "2\n");
  assertEquals(Object.keys(await listTree(repository, tree)), ["a", "b"]);
  await assertRejects(() => Deno.stat(evidence), Deno.errors.NotFound);
});

Deno.test("takeSnapshot() records conflicts as they are on disk, inside and outside the folder", async () => {
  await using repository = await temporaryRepository({
    "ü/f": "1\n",
    "other/f\n": "1\n",
    "ü/gone": "1\n",
    "same": "1\n",
  });
  await repository.git(["checkout", "--quiet", "-b", "side"]);
  await repository.write({
    "ü/f": "side\n",
    "other/f\n": "side\n",
    "ü/gone": "side\n",
  });
  await repository.git(["commit", "--quiet", "--all", "--message", "side"]);
  await repository.git(["checkout", "--quiet", "main"]);
  await repository.write({
    "ü/f": "main\n",
    "other/f\n": "main\n",
    "ü/gone": "main\n",
  });
  await repository.git(["commit", "--quiet", "--all", "--message", "main"]);
  await assertRejects(() => repository.git(["merge", "side"]));
  await Deno.remove(join(repository.root, "ü/gone"));
  const whole = await snapshot(repository);
  assertEquals(Object.keys(await listTree(repository, whole)), [
    "other/f\n",
    "same",
    "ü/f",
  ]);
  assert((await readBlob(repository, whole, "ü/f")).includes("<<<<<<<"));
  const part = await snapshot(repository, join(repository.root, "ü"));
  assert((await readBlob(repository, part, "ü/f")).includes("<<<<<<<"));
});

Deno.test("takeSnapshot() records the content of files added with intent only", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  await repository.write({ "b": "content\n", "c": "1\n" });
  await repository.git(["add", "--intent-to-add", "b", "c"]);
  await Deno.remove(join(repository.root, "c"));
  const tree = await snapshot(repository);
  assertEquals(Object.keys(await listTree(repository, tree)), ["a", "b"]);
  assertEquals(await readBlob(repository, tree, "b"), "content\n");
});
