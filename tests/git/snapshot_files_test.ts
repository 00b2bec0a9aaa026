import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { findRepository } from "../../src/git/repository.ts";
import { takeSnapshot } from "../../src/git/snapshot.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { snapshot, snapshotPaths } from "./snapshot_without_trace.ts";
import {
  blobId,
  listTree,
  readBlob,
  shell,
  temporaryRepository,
} from "./temporary_repository.ts";
import { OUT_OF_REACH } from "../support/temporary_folder.ts";

Deno.test("takeSnapshot() leaves out what it cannot read and keeps the rest", async () => {
  await using repository = await temporaryRepository({
    "a": "1\n",
    "tracked": "1\n",
  });
  await repository.write({
    "b": "1\n",
    "tracked": "2\n",
    "secret": "1\n",
    "closed/c": "1\n",
  });
  for (const path of ["tracked", "secret", "closed"]) {
    await Deno.chmod(join(repository.root, path), 0o000);
  }
  try {
    await Deno.readFile(join(repository.root, "secret"));
    return; // The superuser reads everything.
  } catch {
    const found = await findRepository(repository.root, repository.env);
    assert(found);
    const tree = await takeSnapshot(found, {
      scratch: repository.scratch,
      env: repository.env,
    });
    assertEquals(Object.keys(await listTree(repository, tree)), [
      "a",
      "b",
      "tracked",
    ]);
    assertEquals(await readBlob(repository, tree, "tracked"), "1\n");
  } finally {
    await Deno.chmod(join(repository.root, "closed"), 0o700);
  }
});

Deno.test("takeSnapshot() goes on when files vanish while git adds them", async () => {
  await using repository = await temporaryRepository({
    "old": "1\n",
    ".gitattributes": "*.eater filter=eater\n",
  }, { dir: OUT_OF_REACH });
  await repository.git(["config", "filter.eater.clean", "rm -rf z-* o?d; cat"]);
  await repository.write({
    "a.eater": "1\n",
    "b": "1\n",
    "z-file": "1\n",
    "z-folder/c": "1\n",
    "z-folder/d": "1\n",
  });
  const found = await findRepository(repository.root, repository.env);
  assert(found);
  const tree = await takeSnapshot(found, {
    scratch: repository.scratch,
    env: repository.env,
  });
  const paths = Object.keys(await listTree(repository, tree)).filter((path) =>
    path !== "old"
  );
  assertEquals(paths, [".gitattributes", "a.eater", "b"]);
});

Deno.test("takeSnapshot() records what became of tracked files that are no files any more", async () => {
  await using repository = await temporaryRepository({
    "pipe": "1\n",
    "folder": "1\n",
    "d/x": "1\n",
    "link": "1\n",
  });
  for (const path of ["pipe", "folder", "link"]) {
    await Deno.remove(join(repository.root, path));
  }
  await Deno.remove(join(repository.root, "d"), { recursive: true });
  await shell(repository, "mkfifo pipe other-pipe");
  await repository.write({ "folder/inside": "1\n", "d": "1\n" });
  await Deno.symlink("nowhere", join(repository.root, "link"));
  await Deno.symlink("folder", join(repository.root, "link-to-folder"));
  const entries = await listTree(repository, await snapshot(repository));
  assertEquals(Object.keys(entries), [
    "d",
    "folder/inside",
    "link",
    "link-to-folder",
    "pipe",
  ]);
  assertEquals(
    entries["link"],
    `120000 ${await blobId(new TextEncoder().encode("nowhere"))}`,
  );
  assertEquals(entries["link-to-folder"]?.slice(0, 6), "120000");
});

Deno.test("takeSnapshot() takes any name of a file", async () => {
  await using repository = await temporaryRepository();
  const names = [
    "a b",
    "-rf",
    "new\nline",
    'quo"te',
    "back\\slash",
    "tab\t",
    ":(top)x",
    "*",
    "ü",
    "\r",
    "[a]",
    "#x",
    "!y",
  ];
  await repository.write(Object.fromEntries(names.map((name) => [name, name])));
  await shell(repository, "printf x >$(printf 'not\\377utf8')");
  const paths = await snapshotPaths(repository);
  assertEquals(paths.sort(), [...names, "not\ufffdutf8"].sort());
});

Deno.test("takeSnapshot() takes any name of the folder", async () => {
  for (
    const name of [
      "-d",
      ":(exclude)x",
      "new\nline",
      'quo"te\\',
      "*",
      "ü",
      "end\r",
      "[a]",
    ]
  ) {
    await using repository = await temporaryRepository({
      [`${name}/a`]: "1\n",
      "a": "1\n",
      "[b]/a": "1\n",
    });
    await repository.write({ [`${name}/b`]: "1\n", "b": "1\n" });
    const paths = await snapshotPaths(repository, join(repository.root, name));
    assertEquals(paths.sort(), [`${name}/a`, `${name}/b`, "a", "[b]/a"].sort());
  }
});

Deno.test("takeSnapshot() takes a big untracked file, also one that git streams", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  await repository.git(["config", "core.bigFileThreshold", "1m"]);
  const big = new Uint8Array(3_000_000).fill(7);
  await repository.write({ "big": big });
  assertEquals(
    (await listTree(repository, await snapshot(repository)))["big"],
    `100644 ${await blobId(big)}`,
  );
});

Deno.test("takeSnapshot() normalises line endings as git is told to, without refusing any", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  await repository.git(["config", "core.autocrlf", "true"]);
  await repository.git(["config", "core.safecrlf", "true"]);
  await repository.write({ "a": "1\r\n2\n", "b": "1\n2\r\n" });
  const tree = await snapshot(repository);
  assertEquals(await readBlob(repository, tree, "a"), "1\n2\n");
  assertEquals(await readBlob(repository, tree, "b"), "1\n2\n");
});

Deno.test("takeSnapshot() skips filters that fail, required or not", async () => {
  const attributes =
    "*.lfs filter=large\n*.up filter=upper\n*.opt filter=optional\n*.p filter=long.running\n";
  await using repository = await temporaryRepository({
    ".gitattributes": attributes,
  }, { dir: OUT_OF_REACH });
  await repository.git([
    "config",
    "filter.large.clean",
    "no-such-program-1 %f",
  ]);
  await repository.git(["config", "filter.large.required", "true"]);
  await repository.git([
    "config",
    "filter.long.running.process",
    "no-such-program-2",
  ]);
  await repository.git(["config", "filter.long.running.required", "true"]);
  await repository.git([
    "config",
    "filter.optional.clean",
    "no-such-program-3",
  ]);
  await repository.git(["config", "filter.upper.clean", "tr a-z A-Z"]);
  await repository.write({
    "a.lfs": "a\n",
    "b.up": "b\n",
    "c.opt": "c\n",
    "d.p": "d\n",
    "e": "e\n",
  });
  const tree = await snapshot(repository);
  const contents = await Promise.all(
    ["a.lfs", "b.up", "c.opt", "d.p", "e"].map((path) =>
      readBlob(repository, tree, path)
    ),
  );
  assertEquals(contents, ["a\n", "B\n", "c\n", "d\n", "e\n"]);
});

Deno.test("takeSnapshot() leaves out files that are not in the encoding they should have", async () => {
  await using repository = await temporaryRepository({
    ".gitattributes": "*.txt working-tree-encoding=UTF-16\n",
  });
  await repository.write({
    "bad.txt": new Uint8Array([0xff]),
    "it's bad.txt": "ab",
    "good": "1\n",
  });
  assertEquals(await snapshotPaths(repository), [".gitattributes", "good"]);
});

Deno.test("takeSnapshot() respects info/exclude and the user's own ignore file", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  await Deno.writeTextFile(
    join(repository.root, ".git/info/exclude"),
    "excluded\n",
  );
  await Deno.mkdir(join(repository.base, ".config/git"), { recursive: true });
  await Deno.writeTextFile(
    join(repository.base, ".config/git/ignore"),
    "private\n",
  );
  await repository.write({ "excluded": "1\n", "private": "1\n", "b": "1\n" });
  assertEquals(await snapshotPaths(repository), ["a", "b"]);
});

Deno.test("takeSnapshot() records the tracked files of a folder that is itself ignored", async () => {
  await using repository = await temporaryRepository({ "build/kept": "1\n" });
  await repository.write({
    ".gitignore": "build\n",
    "build/kept": "2\n",
    "build/new": "1\n",
  });
  const tree = await snapshot(repository, join(repository.root, "build"));
  assertEquals(Object.keys(await listTree(repository, tree)), ["build/kept"]);
  assertEquals(await readBlob(repository, tree, "build/kept"), "2\n");
});

Deno.test("takeSnapshot() does not wait for a named pipe that git would read to its end", async () => {
  for (const name of [".gitignore", ".gitattributes"]) {
    await using repository = await temporaryRepository({ "a": "1\n" });
    await shell(repository, `mkdir -p b/c; mkfifo b/c/${name}; touch b/c/d`);
    await assertRejects(
      () => snapshot(repository),
      AgentctlError,
      `"b/c/${name}" is not a file`,
    );
  }
});
