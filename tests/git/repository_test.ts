import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { findRepository } from "../../src/git/repository.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { temporaryRepository } from "./temporary_repository.ts";

Deno.test("findRepository() describes the top level of a work tree", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  const found = await findRepository(repository.root, repository.env);
  assertEquals(found, {
    root: repository.root,
    git_dir: join(repository.root, ".git"),
    common_dir: join(repository.root, ".git"),
    folder: repository.root,
    prefix: "",
    head: (await repository.git(["rev-parse", "HEAD"])).trim(),
    branch: "main",
  });
});

Deno.test("findRepository() gives the folder's place in the repository, also through a symbolic link", async () => {
  await using repository = await temporaryRepository({
    "some/deep folder/a": "1\n",
  });
  const link = join(repository.base, "link");
  await Deno.symlink(join(repository.root, "some/deep folder"), link);
  const found = await findRepository(link, repository.env);
  assertEquals(found?.folder, join(repository.root, "some/deep folder"));
  assertEquals(found?.prefix, "some/deep folder");
  assertEquals(found?.root, repository.root);
  assertEquals(found?.common_dir, join(repository.root, ".git"));
});

Deno.test("findRepository() knows the branch before its first commit", async () => {
  await using repository = await temporaryRepository();
  await repository.write({ "HEAD": "a file with this name" });
  const found = await findRepository(repository.root, repository.env);
  assertEquals([found?.head, found?.branch], [null, "main"]);
});

Deno.test("findRepository() gives no branch for a detached HEAD", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  await repository.git(["checkout", "--quiet", "--detach"]);
  const found = await findRepository(repository.root, repository.env);
  assertEquals([found?.head?.length, found?.branch], [40, null]);
});

Deno.test("findRepository() tells a linked worktree from the main one", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  const linked = join(repository.base, "linked");
  await repository.git([
    "worktree",
    "add",
    "--quiet",
    "-b",
    "feature/x",
    linked,
  ]);
  const found = await findRepository(linked, repository.env);
  assertEquals(found?.root, linked);
  assertEquals(found?.git_dir, join(repository.root, ".git/worktrees/linked"));
  assertEquals(found?.common_dir, join(repository.root, ".git"));
  assertEquals(found?.branch, "feature/x");
});

Deno.test("findRepository() copes with a line break in the path", async () => {
  await using repository = await temporaryRepository(
    { "in\nside/a": "1\n" },
    { name: "two\nlines" },
  );
  const found = await findRepository(
    join(repository.root, "in\nside"),
    repository.env,
  );
  assertEquals(found?.root, repository.root);
  assertEquals(found?.prefix, "in\nside");
  assertEquals(found?.branch, "main");
  assertEquals(found?.head?.length, 40);
});

Deno.test("findRepository() returns null where there is not a work tree", async () => {
  await using repository = await temporaryRepository();
  await repository.git([
    "init",
    "--quiet",
    "--bare",
    join(repository.base, "bare.git"),
  ]);
  assertEquals(await findRepository(repository.base, repository.env), null);
  assertEquals(
    await findRepository(join(repository.base, "bare.git"), repository.env),
    null,
  );
  assertEquals(
    await findRepository(join(repository.root, ".git"), repository.env),
    null,
  );
});

Deno.test("findRepository() does not follow the caller's GIT_DIR and similar variables", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  const elsewhere = {
    GIT_DIR: "/nowhere",
    GIT_WORK_TREE: "/nowhere",
    GIT_INDEX_FILE: "/nowhere",
  };
  const found = await findRepository(repository.root, {
    ...repository.env,
    ...elsewhere,
  });
  assertEquals(found?.root, repository.root);
});

Deno.test("findRepository() passes on why git refuses a repository", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  await repository.git(["config", "core.repositoryFormatVersion", "99"]);
  const error = await assertRejects(
    () => findRepository(repository.root, repository.env),
    AgentctlError,
    "Expected git repo version",
  );
  assertEquals(error.code, "environment");
  assertStringIncludes(error.message, repository.root);
});

Deno.test("findRepository() passes on that git doubts the owner", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  try {
    await Deno.chown(repository.root, 12345, 12345);
  } catch {
    return; // Only the superuser may give files away.
  }
  const error = await assertRejects(
    () => findRepository(repository.root, repository.env),
    AgentctlError,
    "detected dubious ownership",
  );
  assertEquals(error.code, "environment");
  assertStringIncludes(error.message, "safe.directory");
  assertEquals(error.message.includes("\n"), false);
  // An exception that the caller's environment makes is honoured.
  const exception = {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "safe.directory",
    GIT_CONFIG_VALUE_0: "*",
  };
  const found = await findRepository(repository.root, {
    ...repository.env,
    ...exception,
  });
  assertEquals(found?.root, repository.root);
});

Deno.test("findRepository() says that git is missing", async () => {
  await using repository = await temporaryRepository();
  const error = await assertRejects(
    () =>
      findRepository(repository.root, {
        ...repository.env,
        PATH: repository.base,
      }),
    AgentctlError,
    "Cannot start git",
  );
  assertEquals(error.code, "environment");
});

Deno.test("findRepository() says that the folder does not exist", async () => {
  await using repository = await temporaryRepository();
  const error = await assertRejects(
    () => findRepository(join(repository.root, "missing"), repository.env),
    AgentctlError,
    "missing",
  );
  assertEquals(error.code, "environment");
});
