import { assert, assertEquals } from "@std/assert";
import {
  type HiddenOptions,
  listHiddenFiles,
} from "../../src/git/hidden_files.ts";
import { findRepository } from "../../src/git/repository.ts";
import { takeSnapshot } from "../../src/git/snapshot.ts";
import {
  type TemporaryRepository,
  temporaryRepository,
} from "./temporary_repository.ts";

/** Takes a snapshot, lets `change` do its work, and tells what hides then. */
async function hiddenBy(
  repository: TemporaryRepository,
  change: () => Promise<void>,
  options: Partial<HiddenOptions> & { folder?: string } = {},
) {
  const { env, scratch, root } = repository;
  const found = await findRepository(`${root}/${options.folder ?? ""}`, env);
  assert(found);
  const before = await takeSnapshot(found, { scratch, env });
  await change();
  return await listHiddenFiles(found, before, { scratch, env, ...options });
}

Deno.test("listHiddenFiles() names what a new ignore file hides, itself included, and not what was ignored before", async () => {
  await using repository = await temporaryRepository({
    ".gitignore": "node_modules\n*.log\n",
    "a": "1\n",
  });
  await repository.write({ "node_modules/x": "", "old.log": "" });
  const { paths, complete, ignored } = await hiddenBy(
    repository,
    () =>
      repository.write({
        "sub/.gitignore": "*\n",
        "sub/evil.sh": "",
        "sub/deep/er": "",
        "other/.gitignore": "secret\n",
        "other/secret": "",
        "other/seen": "",
        "new.log": "",
      }),
  );
  assert(complete);
  const hidden = ["other/secret", "sub/.gitignore", "sub/deep/", "sub/evil.sh"];
  assertEquals(paths, hidden);
  assertEquals(ignored.toSorted(), [
    ...["new.log", "node_modules/", "old.log"],
    ...hidden,
  ]);
});

Deno.test("listHiddenFiles() takes lines that an ignore file had before for known, and new ones not", async () => {
  await using repository = await temporaryRepository({
    ".gitignore": "build\n",
    "ä b/.gitignore": "x\n",
  });
  const hidden = await hiddenBy(repository, () =>
    repository.write({
      ".gitignore": "# more\nbuild\n/hide*\n",
      "build/a": "",
      "hide me": "",
      "ä b/.gitignore": "y\nx\n",
      "ä b/x": "",
      "ä b/y": "",
    }));
  assertEquals(hidden.paths, ["hide me", "ä b/y"]);
});

Deno.test("listHiddenFiles() leaves the user's own ignore files, and other folders, alone", async () => {
  await using repository = await temporaryRepository({ "part/a": "1\n" });
  await Deno.writeTextFile(
    `${repository.root}/.git/info/exclude`,
    "private\n",
  );
  const change = () =>
    repository.write({
      "part/private": "",
      "part/.gitignore": "b\n",
      "part/b": "",
      "elsewhere/.gitignore": "*\n",
      "elsewhere/c": "",
    });
  const { paths } = await hiddenBy(repository, change, { folder: "part" });
  assertEquals(paths, ["part/b"]);
});

Deno.test("listHiddenFiles() takes new lines of info/exclude for those of the run, where it is told the old ones", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  const exclude = `${repository.root}/.git/info/exclude`;
  await Deno.writeTextFile(exclude, "private\n");
  const change = async () => {
    await Deno.writeTextFile(exclude, "private\nevil*\n");
    await repository.write({ "private": "", "evil.sh": "" });
  };
  const { paths } = await hiddenBy(repository, change, {
    exclude: "private\n",
  });
  assertEquals(paths, ["evil.sh"]);
});

Deno.test("listHiddenFiles() says when it has not told all", async () => {
  await using repository = await temporaryRepository({ "a": "1\n" });
  const many = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [`x${index}`, ""]),
  );
  const change = () => repository.write({ ...many, ".gitignore": "x*\n" });
  const few = await hiddenBy(repository, change, { most: 10 });
  assertEquals([few.paths.length, few.complete], [10, false]);
  const none = await hiddenBy(repository, change, { timeoutMs: 0 });
  assertEquals(none, { paths: [], complete: false, ignored: [] });
});
