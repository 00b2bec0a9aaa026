import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { emptyDir } from "@std/fs";
import { join } from "@std/path";
import type { DiffSummary } from "../../src/git/diff_summary.ts";
import { findRepository } from "../../src/git/repository.ts";
import { takeSnapshot } from "../../src/git/snapshot.ts";
import { diffTrees } from "../../src/git/tree_diff.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import {
  type TemporaryRepository,
  temporaryRepository,
  withScratch,
} from "./temporary_repository.ts";

interface Compared {
  before: string;
  after: string;
  summary: DiffSummary;
  patch: string;
}

/** Takes snapshots before and after a change, and compares them. */
async function compare(
  repository: TemporaryRepository,
  change: () => Promise<unknown>,
  folder = repository.root,
): Promise<Compared> {
  const found = await findRepository(folder, repository.env);
  assert(found);
  const options = { scratch: repository.scratch, env: repository.env };
  const before = await takeSnapshot(found, options);
  await change();
  const after = await takeSnapshot(found, options);
  const patchFile = join(repository.base, "diff.patch");
  const summary = await diffTrees(found, before, after, {
    ...options,
    patchFile,
  });
  return { before, after, summary, patch: await Deno.readTextFile(patchFile) };
}

Deno.test("diffTrees() tells what became of every file", async () => {
  const lines = Array.from({ length: 20 }, (_, line) => `line ${line}\n`).join(
    "",
  );
  await using repository = await temporaryRepository({
    "changed ü": "1\n2\n",
    "deleted": "unlike any other\n",
    "old name": lines,
    "type": "1\n",
    "mode": "1\n",
    "binary": new Uint8Array([0, 1]),
  });
  const { before, after, summary, patch } = await compare(
    repository,
    async () => {
      await repository.write({
        "added": "1\n",
        "changed ü": "1\n3\n4\n",
        "binary": new Uint8Array([0, 2]),
        "tab\tand\nline": "1\n",
      });
      await Deno.remove(join(repository.root, "deleted"));
      await Deno.rename(
        join(repository.root, "old name"),
        join(repository.root, "new name"),
      );
      await repository.write({ "new name": `${lines}more\n` });
      await Deno.remove(join(repository.root, "type"));
      await Deno.symlink("elsewhere", join(repository.root, "type"));
      await Deno.chmod(join(repository.root, "mode"), 0o755);
    },
  );
  assertEquals(summary.files, [
    { path: "added", status: "added", insertions: 1, deletions: 0 },
    { path: "binary", status: "modified", insertions: null, deletions: null },
    { path: "changed ü", status: "modified", insertions: 2, deletions: 1 },
    { path: "deleted", status: "deleted", insertions: 0, deletions: 1 },
    { path: "mode", status: "modified", insertions: 0, deletions: 0 },
    {
      path: "new name",
      old_path: "old name",
      status: "renamed",
      insertions: 1,
      deletions: 0,
    },
    { path: "tab\tand\nline", status: "added", insertions: 1, deletions: 0 },
    { path: "type", status: "type_changed", insertions: 1, deletions: 1 },
  ]);
  assertEquals([summary.insertions, summary.deletions], [6, 3]);
  const git = (...args: string[]) =>
    repository.git([
      "-c",
      "core.quotePath=false",
      "diff",
      ...args,
      before,
      after,
    ], { env: withScratch(repository) });
  assertEquals(summary.stat, await git("-M", "--stat=80"));
  assertEquals(patch, await git("-M", "--binary", "--full-index"));
});

Deno.test("diffTrees() writes a patch that git takes if a link moved and its old name became a folder", async () => {
  await using repository = await temporaryRepository({ "other": "1\n" });
  await Deno.symlink("other", join(repository.root, "x"));
  const { summary, before } = await compare(repository, async () => {
    await Deno.rename(join(repository.root, "x"), join(repository.root, "y"));
    await repository.write({ "x/inside": "inside\n" });
  });
  assertEquals(summary.files.map((file) => [file.path, file.status]), [
    ["x/inside", "added"],
    ["y", "renamed"],
  ]);
  await repository.git(["stash", "--include-untracked", "--quiet"]);
  await repository.git(["read-tree", before], { env: withScratch(repository) });
  await repository.git(["checkout-index", "--all", "--force"], {
    env: withScratch(repository),
  });
  await repository.git(["apply", join(repository.base, "diff.patch")]);
  assertEquals(
    await Deno.readTextFile(join(repository.root, "x/inside")),
    "inside\n",
  );
  assertEquals(await Deno.readLink(join(repository.root, "y")), "other");
});

Deno.test("diffTrees() writes an empty file if nothing changed", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  await repository.write({ "a": "dirty before\n", "b": "1\n" });
  const { summary, patch } = await compare(repository, async () => {});
  assertEquals(summary, { stat: "", files: [], insertions: 0, deletions: 0 });
  assertEquals(patch, "");
});

Deno.test("diffTrees() shows committed work like any other, and nothing from before", async () => {
  await using repository = await temporaryRepository({
    "a": "1\n",
    "b": "1\n",
  });
  await repository.write({ "a": "2\n", "untracked": "1\n" });
  const { summary, patch } = await compare(repository, async () => {
    await repository.write({ "b": "2\n" });
    await repository.git(["checkout", "--quiet", "-b", "other"]);
    await repository.git(["add", "--all"]);
    await repository.git(["commit", "--quiet", "--message", "all"]);
  });
  assertEquals(summary.files.map((file) => file.path), ["b"]);
  assertStringIncludes(patch, "-1\n+2\n");
});

Deno.test("diffTrees() looks at the folder only, with paths from the top level", async () => {
  await using repository = await temporaryRepository({
    "*/a": "1\n",
    "x/a": "1\n",
    "b": "1\n",
  });
  const { summary, patch } = await compare(repository, async () => {
    await repository.write({ "*/a": "2\n", "x/a": "2\n", "b": "2\n" });
    await repository.git(["commit", "--quiet", "--all", "--message", "all"]);
  }, join(repository.root, "*"));
  assertEquals(summary.files.map((file) => file.path), ["*/a"]);
  assertStringIncludes(patch, "diff --git a/*/a b/*/a\n");
});

Deno.test("diffTrees() is deaf to the user's settings and runs none of the programs they name", async () => {
  await using repository = await temporaryRepository({
    "a b": "1\n\n3\n",
    "c": "1\n",
    ".gitattributes": "c diff=custom\n",
  });
  const evidence = join(repository.base, "evidence");
  const program = `echo run >>"${evidence}"; true`;
  const settings = {
    "diff.external": program,
    "diff.custom.command": program,
    "diff.custom.textconv": program,
    "diff.noprefix": "true",
    "diff.mnemonicPrefix": "true",
    "diff.context": "0",
    "diff.renames": "copies",
    "diff.suppressBlankEmpty": "true",
    "diff.submodule": "log",
    "diff.orderFile": "/dev/null",
    "diff.relative": "true",
    "diff.statGraphWidth": "3",
    "color.ui": "always",
    "core.pager": program,
    "core.quotePath": "true",
  };
  for (const [name, value] of Object.entries(settings)) {
    await repository.git(["config", name, value]);
  }
  const { patch } = await compare(
    repository,
    () => repository.write({ "a b": "1\n\n4\n", "c": "2\n" }),
  );
  assertEquals(patch.split("\n").filter((line) => !line.startsWith("index")), [
    "diff --git a/a b b/a b",
    "--- a/a b\t",
    "+++ b/a b\t",
    "@@ -1,3 +1,3 @@",
    " 1",
    " ",
    "-3",
    "+4",
    "diff --git a/c b/c",
    "--- a/c",
    "+++ b/c",
    "@@ -1 +1 @@",
    "-1",
    "+2",
    "",
  ]);
  await assertRejects(() => Deno.stat(evidence), Deno.errors.NotFound);
});

Deno.test("diffTrees() shows a submodule by its commits, also one that git is told to ignore", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  const source = join(repository.base, "source");
  await repository.git(["clone", "--quiet", ".", source]);
  await repository.git(["submodule", "--quiet", "add", source, "sub"]);
  await repository.git([
    "config",
    "--file",
    ".gitmodules",
    "submodule.sub.ignore",
    "all",
  ]);
  await repository.git(["config", "diff.ignoreSubmodules", "all"]);
  await repository.git(["add", "--all"]);
  await repository.git(["commit", "--quiet", "--message", "sub"]);
  const { summary, patch } = await compare(
    repository,
    () =>
      repository.git(["commit", "--quiet", "--allow-empty", "-m", "2"], {
        cwd: join(repository.root, "sub"),
      }),
  );
  assertEquals(summary.files, [{
    path: "sub",
    status: "modified",
    insertions: 1,
    deletions: 1,
  }]);
  assertStringIncludes(patch, "+Subproject commit ");
});

Deno.test("diffTrees() fails with git's words and leaves no file if the snapshots are gone", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  const found = await findRepository(repository.root, repository.env);
  assert(found);
  const options = { scratch: repository.scratch, env: repository.env };
  const before = await takeSnapshot(found, options);
  await repository.write({ "a": "2\n" });
  const after = await takeSnapshot(found, options);
  await emptyDir(repository.scratch);
  const folder = join(repository.base, "result");
  await Deno.mkdir(folder);
  const error = await assertRejects(
    () =>
      diffTrees(found, before, after, {
        ...options,
        patchFile: join(folder, "diff.patch"),
      }),
    AgentctlError,
    "discarded",
  );
  assertEquals(error.code, "environment");
  assertEquals([...Deno.readDirSync(folder)], []);
});

Deno.test("diffTrees() replaces an older patch only when the new one is complete", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  const found = await findRepository(repository.root, repository.env);
  assert(found);
  const options = { scratch: repository.scratch, env: repository.env };
  const tree = await takeSnapshot(found, options);
  const patchFile = join(repository.base, "diff.patch");
  await Deno.writeTextFile(patchFile, "old");
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(
    () => diffTrees(found, tree, tree, { ...options, patchFile, signal }),
    Error,
    "enough",
  );
  assertEquals(await Deno.readTextFile(patchFile), "old");
  await diffTrees(found, tree, tree, { ...options, patchFile });
  assertEquals(await Deno.readTextFile(patchFile), "");
});

Deno.test("diffTrees() writes a patch of many megabytes whole", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  const line = "0123456789".repeat(10) + "\n";
  const { summary, patch } = await compare(
    repository,
    () => repository.write({ "big": line.repeat(100_000) }),
  );
  assertEquals(summary.insertions, 100_000);
  assert(patch.endsWith(`+${line}`));
  assertEquals(
    patch.split("\n").filter((text) => text.startsWith("+0")).length,
    100_000,
  );
});
