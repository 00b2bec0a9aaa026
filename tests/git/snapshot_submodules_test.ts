import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { findRepository } from "../../src/git/repository.ts";
import { takeSnapshot } from "../../src/git/snapshot.ts";
import { snapshot } from "./snapshot_without_trace.ts";
import {
  listTree,
  readBlob,
  shell,
  type TemporaryRepository,
  temporaryRepository,
} from "./temporary_repository.ts";

Deno.test("takeSnapshot() records the commit of embedded repositories and skips those without one", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  await repository.write({ "empty/x": "1\n", "full/x": "1\n", "z": "1\n" });
  for (const name of ["empty", "full"]) {
    await repository.git(["init", "--quiet", name]);
  }
  const cwd = join(repository.root, "full");
  await repository.git(["add", "x"], { cwd });
  await repository.git(["commit", "--quiet", "--message", "x"], { cwd });
  const entries = await listTree(repository, await snapshot(repository));
  assertEquals(Object.keys(entries), ["a", "full", "z"]);
  assertEquals(
    entries["full"],
    `160000 ${(await repository.git(["rev-parse", "HEAD"], { cwd })).trim()}`,
  );
});

Deno.test("takeSnapshot() is not diverted by a repository made in the folder meanwhile", async () => {
  await using repository = await temporaryRepository({ "part/a": "1\n" });
  const part = await findRepository(
    join(repository.root, "part"),
    repository.env,
  );
  assert(part);
  await repository.git(["init", "--quiet", "part"]);
  await repository.write({ "part/a": "2\n" });
  const tree = await takeSnapshot(part, {
    scratch: repository.scratch,
    env: repository.env,
  });
  assertEquals(await readBlob(repository, tree, "part/a"), "2\n");
});

/** A repository with the submodules `sub`, `späte` and `not there` (not checked out). */
async function withSubmodules(): Promise<TemporaryRepository> {
  const repository = await temporaryRepository({ "a": "1\n" });
  const source = join(repository.base, "source");
  await repository.git(["clone", "--quiet", ".", source]);
  for (const name of ["sub", "späte", "not there"]) {
    await repository.git(["submodule", "--quiet", "add", source, name]);
  }
  await repository.git(["commit", "--quiet", "--message", "submodules"]);
  await repository.git(["submodule", "--quiet", "deinit", "not there"]);
  return repository;
}

Deno.test("takeSnapshot() records the commits of submodules", async () => {
  await using repository = await withSubmodules();
  const first = await listTree(repository, await snapshot(repository));
  assertEquals(first["sub"]?.slice(0, 6), "160000");
  const cwd = join(repository.root, "sub");
  await Deno.writeTextFile(join(cwd, "a"), "2\n");
  assertEquals(await listTree(repository, await snapshot(repository)), first);
  await repository.git(["commit", "--quiet", "--all", "--message", "in sub"], {
    cwd,
  });
  await Deno.remove(join(repository.root, "späte"), { recursive: true });
  const second = await listTree(repository, await snapshot(repository));
  assertEquals(
    second["sub"],
    `160000 ${(await repository.git(["rev-parse", "HEAD"], { cwd })).trim()}`,
  );
  assertEquals(Object.keys(second), [".gitmodules", "a", "not there", "sub"]);
  const tree = (await repository.git(["rev-parse", "HEAD^{tree}"], { cwd }))
    .trim();
  assertEquals(await snapshot(repository, cwd), tree);
});

Deno.test("takeSnapshot() goes on when a submodule has become something else", async () => {
  await using repository = await withSubmodules();
  await Deno.remove(join(repository.root, "sub"), { recursive: true });
  await repository.write({ "sub": "a file\n", "b": "1\n" });
  const tree = await snapshot(repository);
  assertEquals(await readBlob(repository, tree, "sub"), "a file\n");
  await Deno.remove(join(repository.root, "sub"));
  await shell(repository, "mkfifo sub");
  const entries = await listTree(repository, await snapshot(repository));
  assertEquals(
    Object.keys(entries),
    [".gitmodules", "a", "b", "not there", "späte", "sub"].sort(),
  );
});

Deno.test("takeSnapshot() runs nothing that the configuration of a submodule names", async () => {
  await using repository = await withSubmodules();
  const cwd = join(repository.root, "sub");
  const evidence = join(repository.base, "evidence");
  await repository.git([
    "config",
    "filter.evil.clean",
    `echo evil >>"${evidence}"; cat`,
  ], { cwd });
  await Deno.writeTextFile(join(cwd, ".gitattributes"), "* filter=evil\n");
  await Deno.writeTextFile(join(cwd, "a"), "2\n");
  await snapshot(repository);
  await assertRejects(() => Deno.stat(evidence), Deno.errors.NotFound);
  // Whereas git itself would.
  await repository.git(["add", "--all", "--dry-run"]);
  assert((await Deno.readTextFile(evidence)).startsWith("evil"));
});
