import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { parseRunId } from "../../src/run/id.ts";
import { type RunFiles, runFiles } from "../../src/run/store.ts";
import { type Baseline, takeBaseline } from "../../src/supervisor/baseline.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { composeChanges } from "../../src/git/kept_changes.ts";
import {
  type TemporaryRepository,
  temporaryRepository,
} from "../git/temporary_repository.ts";
import { BRANCH, worktreeStage } from "../git/worktree_stage.ts";

const MB = 1 << 20;

/** A file without content that seems as large as told; reading it takes its time all the same. */
async function makeLarge(path: string, bytes: number): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  using file = await Deno.open(path, { write: true, create: true });
  await file.truncate(bytes);
}

async function makeMany(folder: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const inner = join(folder, `package-${index % 100}`);
    if (index < 100) await Deno.mkdir(inner, { recursive: true });
    Deno.writeTextFileSync(join(inner, `${index}.js`), "1\n");
  }
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    bytes += isDirectory ? await bytesIn(path) : (await Deno.stat(path)).size;
  }
  return bytes;
}

interface Begun {
  baseline: Baseline;
  files: RunFiles;
  patch(): Promise<string>;
}

async function begin({ root, env, base }: TemporaryRepository): Promise<Begun> {
  const place = join(base, ".ai-orch");
  await Deno.mkdir(place);
  const workspace = await openWorkspace({ cwd: root, env }, place);
  const files = runFiles(workspace, parseRunId("one"));
  await Deno.mkdir(files.folder, { recursive: true });
  const baseline = await takeBaseline(
    {
      cwd: root,
      profile: null,
      worktree: null,
      sandbox: "workspace-write",
      keepsGit: true,
    },
    files,
    env,
  );
  return { baseline, files, patch: () => Deno.readTextFile(files.diff) };
}

Deno.test("takeBaseline() neither reads nor copies large untracked files, and tells which of them change", async () => {
  await using repository = await temporaryRepository({ a: "1\n" });
  const path = (name: string) => join(repository.root, name);
  for (const name of ["model.bin", "data/dump.sql", "old.iso"]) {
    await makeLarge(path(name), 600 * MB);
  }
  await repository.write({ "grows.log": "1\n", "same.txt": "1\n" });
  const { baseline, files, patch } = await begin(repository);
  assert(await bytesIn(files.scratch) < MB);
  assertStringIncludes(baseline.warning ?? "", '"model.bin"');
  assertStringIncludes(baseline.warning ?? "", "1.9 GB");
  await repository.write({ a: "2\n" });
  await makeLarge(path("model.bin"), 601 * MB);
  await makeLarge(path("grows.log"), 40 * MB);
  await makeLarge(path("made/new.bin"), 50 * MB);
  await Deno.remove(path("old.iso"));
  const diff = await baseline.diff();
  assertEquals(diff?.files, [
    ...["a", "grows.log", "made/new.bin", "model.bin", "old.iso"],
  ]);
  assertStringIncludes(diff?.warnings.join() ?? "", '"made/new.bin"');
  assertEquals((await patch()).match(/^diff --git .*/gm), [
    "diff --git a/a b/a",
  ]);
  assertEquals(diff?.told.huge?.largest[0]?.path, "model.bin");
});

Deno.test("takeBaseline() does not record thousands of untracked files, but what git tracks among them", async () => {
  await using repository = await temporaryRepository({
    "app/a": "1\n",
    "app/node_modules/tracked": "1\n",
    "app/node_modules/gone": "1\n",
  });
  await makeMany(join(repository.root, "app/node_modules"), 5_500);
  await repository.write({ "app/notes": "mine\n" });
  const { baseline, files } = await begin(repository);
  assert(await bytesIn(files.scratch) < MB);
  assertStringIncludes(baseline.warning ?? "", '"app/node_modules/"');
  await repository.write({
    "app/a": "2\n",
    "app/notes": "theirs\n",
    "app/node_modules/tracked": "2\n",
    "app/node_modules/package-7/7.js": "2\n",
    "app/node_modules/package-new/1.js": "1\n",
  });
  await Deno.remove(join(repository.root, "app/node_modules/gone"));
  const diff = await baseline.diff();
  assertEquals(diff?.files, [
    ...["app/a", "app/node_modules/gone", "app/node_modules/tracked"],
    ...["app/notes", "app/node_modules/package-7/7.js"],
    "app/node_modules/package-new/1.js",
  ]);
  assertEquals(diff?.warnings, []);
});

Deno.test("takeBaseline() names the folder if a run makes thousands of files that git does not ignore", async () => {
  await using repository = await temporaryRepository({ a: "1\n" });
  await repository.write({ "node_modules/one": "1\n" });
  const { baseline, patch } = await begin(repository);
  assertEquals(baseline.warning, null);
  await makeMany(join(repository.root, "node_modules"), 5_500);
  await repository.write({ b: "1\n" });
  const diff = await baseline.diff();
  assertEquals(diff?.files, ["b", "node_modules/"]);
  assertStringIncludes(diff?.warnings.join() ?? "", '"node_modules/"');
  assertEquals((await patch()).match(/^diff --git .*/gm), [
    "diff --git a/b b/b",
  ]);
});

Deno.test("takeBaseline() sets hundreds of large files aside with their folder", async () => {
  await using repository = await temporaryRepository({ "data/README": "1\n" });
  const path = (index: number) =>
    join(repository.root, "data/images", `${index}.raw`);
  for (let index = 0; index < 250; index++) {
    await makeLarge(path(index), 12 * MB);
  }
  const { baseline } = await begin(repository);
  assertStringIncludes(baseline.warning ?? "", '"data/images/"');
  await makeLarge(path(3), 13 * MB);
  assertEquals((await baseline.diff())?.files, ["data/images/3.raw"]);
});

Deno.test("composeChanges() leaves out what a set-up left in a worktree, commits what a worker makes, and says what of it is too large", async () => {
  await using stage = await worktreeStage({ a: "1\n" }, async ({ path }) => {
    await makeLarge(join(path, "model.bin"), 60 * MB);
    await makeLarge(join(path, "weights.bin"), 60 * MB);
  });
  const { repository: { env, scratch }, path } = stage;
  const compose = async () =>
    await composeChanges(await stage.worktree(), {
      branch: BRANCH,
      scratch,
      env,
      message: "work\n",
    });
  assertEquals((await compose()).leftOut, null);
  await stage.write({ a: "2\n" });
  await makeLarge(join(path, "asset.bin"), 12 * MB);
  await makeLarge(join(path, "weights.bin"), 61 * MB);
  const changes = await compose();
  assertEquals(changes.leftOut, null);
  const names = await stage.git("diff", "--name-only", "main", changes.commit);
  assertEquals(names, "a\nasset.bin\nweights.bin\n");
  await makeLarge(join(path, "huge.bin"), 200 * MB);
  assertStringIncludes((await compose()).leftOut ?? "", '"huge.bin"');
});
