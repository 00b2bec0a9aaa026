import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { findRepository } from "../../src/git/repository.ts";
import { takeSnapshot } from "../../src/git/snapshot.ts";
import { diffTrees } from "../../src/git/tree_diff.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { snapshot, snapshotPaths } from "./snapshot_without_trace.ts";
import {
  listTree,
  readBlob,
  temporaryRepository,
} from "./temporary_repository.ts";
import { until } from "../support/until.ts";
import { OUT_OF_REACH } from "../support/temporary_folder.ts";

Deno.test("takeSnapshot() records staged, unstaged and untracked changes alike, without ignored files", async () => {
  await using repository = await temporaryRepository({
    "a": "1\n",
    "b": "1\n",
    "gone": "1\n",
    ".gitignore": "*.log\n",
  });
  await repository.write({ "a": "staged\n", "new/c": "3\n", "noise.log": "x" });
  await repository.git(["add", "a"]);
  await repository.write({ "b": "unstaged\n" });
  await Deno.remove(join(repository.root, "gone"));
  const tree = await snapshot(repository);
  assertEquals(Object.keys(await listTree(repository, tree)), [
    ".gitignore",
    "a",
    "b",
    "new/c",
  ]);
  assertEquals(await readBlob(repository, tree, "a"), "staged\n");
  assertEquals(await readBlob(repository, tree, "b"), "unstaged\n");
});

Deno.test("takeSnapshot() gives the commit's own tree if nothing changed", async () => {
  await using repository = await temporaryRepository({
    "a": "1\n",
    "d/b": "1\n",
  });
  assertEquals(
    await snapshot(repository),
    (await repository.git(["rev-parse", "HEAD^{tree}"])).trim(),
  );
});

Deno.test("takeSnapshot() works before the first commit, with and without an index", async () => {
  await using repository = await temporaryRepository();
  assertEquals(await snapshotPaths(repository), []);
  await repository.write({ "a": "1\n" });
  assertEquals(await snapshotPaths(repository), ["a"]);
  await repository.git(["add", "a"]);
  await repository.write({ "b": "1\n" });
  assertEquals(await snapshotPaths(repository), ["a", "b"]);
});

Deno.test("takeSnapshot() does not depend on what an earlier snapshot left in the scratch folder", async () => {
  await using repository = await temporaryRepository();
  await repository.write({ "a": "1\n" });
  await snapshot(repository);
  await Deno.remove(join(repository.root, "a"));
  await Deno.writeTextFile(join(repository.scratch, "index.lock"), "");
  assertEquals(await snapshotPaths(repository), []);
});

Deno.test("takeSnapshot() works with a detached HEAD and a stash", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  await repository.write({ "a": "stashed\n" });
  await repository.git(["stash"]);
  await repository.git(["checkout", "--quiet", "--detach"]);
  await repository.write({ "b": "1\n" });
  const tree = await snapshot(repository);
  assertEquals(Object.keys(await listTree(repository, tree)), ["a", "b"]);
  assertEquals(await readBlob(repository, tree, "a"), "1\n");
});

Deno.test("takeSnapshot() records only the folder of the repository that was asked for", async () => {
  await using repository = await temporaryRepository({
    "part/a": "1\n",
    "part-2/a": "1\n",
    "b": "1\n",
  });
  await repository.write({
    "part/a": "2\n",
    "part/new": "1\n",
    "part-2/a": "2\n",
    "b": "2\n",
    "c": "1\n",
  });
  const tree = await snapshot(repository, join(repository.root, "part"));
  assertEquals(Object.keys(await listTree(repository, tree)), [
    "b",
    "part-2/a",
    "part/a",
    "part/new",
  ]);
  assertEquals(await readBlob(repository, tree, "part/a"), "2\n");
  assertEquals(await readBlob(repository, tree, "b"), "1\n");
});

Deno.test("takeSnapshot() records that the folder was deleted, or was empty from the start", async () => {
  await using repository = await temporaryRepository({
    "part/a": "1\n",
    "b": "1\n",
  });
  await Deno.mkdir(join(repository.root, "empty"));
  const part = await findRepository(
    join(repository.root, "part"),
    repository.env,
  );
  const empty = await findRepository(
    join(repository.root, "empty"),
    repository.env,
  );
  assert(part && empty);
  const options = { scratch: repository.scratch, env: repository.env };
  assertEquals(
    Object.keys(await listTree(repository, await takeSnapshot(empty, options))),
    ["b", "part/a"],
  );
  await Deno.remove(join(repository.root, "part"), { recursive: true });
  await Deno.remove(join(repository.root, "empty"));
  assertEquals(
    Object.keys(await listTree(repository, await takeSnapshot(part, options))),
    ["b"],
  );
  assertEquals(
    Object.keys(await listTree(repository, await takeSnapshot(empty, options))),
    ["b", "part/a"],
  );
});

Deno.test("takeSnapshot() ignores where the caller's environment points git", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  await repository.write({ "b": "1\n" });
  const found = await findRepository(repository.root, repository.env);
  assert(found);
  const foreign = join(repository.base, "foreign");
  const env = {
    ...repository.env,
    GIT_DIR: foreign,
    GIT_WORK_TREE: foreign,
    GIT_INDEX_FILE: foreign,
    GIT_OBJECT_DIRECTORY: foreign,
    GIT_COMMON_DIR: foreign,
    GIT_NAMESPACE: "x",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_CONFIG_PARAMETERS: "'core.bare=true'",
    GIT_TRACE: foreign,
    PWD: repository.base,
  };
  const tree = await takeSnapshot(found, { scratch: repository.scratch, env });
  assertEquals(Object.keys(await listTree(repository, tree)), ["a", "b"]);
  await assertRejects(() => Deno.stat(foreign), Deno.errors.NotFound);
});

Deno.test("takeSnapshot() finds objects through alternates of alternates and in paths with colons", async () => {
  await using repository = await temporaryRepository(
    { "a": "1\n" },
    { name: 'co:lon"s' },
  );
  const middle = join(repository.base, "mid:dle");
  const last = join(repository.base, "last:one");
  await repository.git(["clone", "--quiet", "--shared", ".", middle]);
  await repository.git(["clone", "--quiet", "--shared", middle, last]);
  await Deno.writeTextFile(
    join(middle, ".git/objects/info/alternates"),
    '../../../co:lon"s/.git/objects\n',
  );
  await Deno.writeTextFile(join(last, "a"), "2\n");
  const found = await findRepository(last, repository.env);
  assert(found);
  const options = { scratch: repository.scratch, env: repository.env };
  const before = (await repository.git(["rev-parse", "HEAD^{tree}"])).trim();
  const after = await takeSnapshot(found, options);
  const patchFile = join(repository.base, "diff.patch");
  await diffTrees(found, before, after, { ...options, patchFile });
  assert((await Deno.readTextFile(patchFile)).endsWith("-1\n+2\n"));
});

Deno.test("takeSnapshot() leaves the scratch folder out, if that lies in the work tree", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  const scratch = join(repository.root, "runs\n/x");
  await repository.write({ "runs\n/x/index": "old", "runs\n/y": "1\n" });
  const found = await findRepository(repository.root, repository.env);
  assert(found);
  const tree = await takeSnapshot(found, { scratch, env: repository.env });
  await Deno.rename(
    join(scratch, "objects"),
    join(repository.scratch, "objects"),
  );
  assertEquals(Object.keys(await listTree(repository, tree)), [
    "a",
    "runs\n/y",
  ]);
});

Deno.test({
  name: "takeSnapshot() works with a git that does not know --sparse",
  // With a permission for git alone, a stand-in may not run.
  ignore: (await Deno.permissions.query({ name: "run" })).state !== "granted",
  async fn() {
    await using repository = await temporaryRepository({ "a": "1\n" });
    const folder = join(repository.base, "bin");
    await Deno.mkdir(folder);
    // Answers as git 2.30 does.
    const script = `#!/bin/sh
case "$*" in *--sparse*) echo 'error: unknown option \`sparse'"'" >&2; exit 129;; esac
PATH="${repository.env.PATH}" exec git "$@"
`;
    await Deno.writeTextFile(join(folder, "git"), script, { mode: 0o755 });
    const found = await findRepository(repository.root, repository.env);
    assert(found);
    await repository.write({ "b": "1\n" });
    const env = { ...repository.env, PATH: `${folder}:${repository.env.PATH}` };
    const tree = await takeSnapshot(found, {
      scratch: repository.scratch,
      env,
    });
    assertEquals(Object.keys(await listTree(repository, tree)), ["a", "b"]);
  },
});

Deno.test("takeSnapshot() does not fall back on a repository further up if its own is gone", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  await repository.git(["init", "--quiet", "inner"]);
  const inner = await findRepository(
    join(repository.root, "inner"),
    repository.env,
  );
  assert(inner);
  await Deno.remove(join(repository.root, "inner/.git"), { recursive: true });
  await assertRejects(
    () =>
      takeSnapshot(inner, { scratch: repository.scratch, env: repository.env }),
    AgentctlError,
    "not a git repository",
  );
});

Deno.test("takeSnapshot() passes on why git refuses", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  await Deno.writeTextFile(
    join(repository.root, ".git/index"),
    "this is no index, but it is long enough",
  );
  const found = await findRepository(repository.root, repository.env);
  assert(found);
  const error = await assertRejects(
    () =>
      takeSnapshot(found, { scratch: repository.scratch, env: repository.env }),
    AgentctlError,
    "index file corrupt",
  );
  assertEquals(error.code, "environment");
});

Deno.test({
  name:
    "takeSnapshot() ends at once when it is aborted, even if a filter runs on",
  // The filter ends after the test.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using repository = await temporaryRepository({
      ".gitattributes": "*.slow filter=slow\n",
    }, { dir: OUT_OF_REACH });
    const started = join(repository.base, "started");
    await repository.git([
      "config",
      "filter.slow.clean",
      `mkdir "${started}"; while test -e "${started}"; do sleep 0.1; done`,
    ]);
    await repository.write({ "b.slow": "1\n" });
    const found = await findRepository(repository.root, repository.env);
    assert(found);
    const controller = new AbortController();
    const rejected = assertRejects(
      () =>
        takeSnapshot(found, {
          scratch: repository.scratch,
          env: repository.env,
          signal: controller.signal,
        }),
      Error,
      "enough",
    );
    await until("the filter runs", () => exists(started));
    controller.abort(new Error("enough"));
    await rejected;
    await assertRejects(
      () =>
        takeSnapshot(found, {
          scratch: repository.scratch,
          env: repository.env,
          signal: controller.signal,
        }),
      Error,
      "enough",
    );
  },
});

Deno.test("takeSnapshot() can be repeated with the same outcome", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  await repository.write({ "b": "1\n" });
  const first = await snapshot(repository);
  assertEquals(await snapshot(repository), first);
  await repository.write({ "b": "2\n" });
  assertNotEquals(await snapshot(repository), first);
});
