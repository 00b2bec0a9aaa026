// A patch is right if, applied to what was there before, it gives what is
// there after. This holds for any history and any dirty state; some forty of
// them are made here from a fixed seed. AGENTCTL_GIT_CASES sets another number,
// AGENTCTL_GIT_SEED another start.
import { assert, assertEquals, assertRejects } from "@std/assert";
import { emptyDir } from "@std/fs";
import { join } from "@std/path";
import { findRepository } from "../../src/git/repository.ts";
import { takeSnapshot } from "../../src/git/snapshot.ts";
import { diffTrees } from "../../src/git/tree_diff.ts";
import { readFiles } from "./read_files.ts";
import { act, clear, dice, makeHistory } from "./random_actions.ts";
import {
  fingerprint,
  listTree,
  shell,
  type TemporaryRepository,
  temporaryRepository,
  withScratch,
} from "./temporary_repository.ts";

const CASES = Number(Deno.env.get("AGENTCTL_GIT_CASES") ?? "12");
const SEED = Number(Deno.env.get("AGENTCTL_GIT_SEED") ?? "1");

/** The entries of the folder, without names that are not UTF-8: Deno cannot read these files. */
function within(
  entries: Record<string, string>,
  prefix: string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries)
      .filter(([path]) => prefix === "" || path.startsWith(`${prefix}/`))
      .filter(([path]) => !path.includes("\ufffd"))
      .sort(([a], [b]) => a < b ? -1 : 1),
  );
}

/** Everything of the user's: git's own view of it, and every byte on the disk. */
async function personsState(
  repository: TemporaryRepository,
  root: string,
): Promise<unknown> {
  const git = (...args: string[]) =>
    repository.git(args, { cwd: root, env: { GIT_OPTIONAL_LOCKS: "0" } });
  return {
    bytes: [...await fingerprint(repository.root), ...await fingerprint(root)],
    refs: await git("for-each-ref"),
    stash: await git("stash", "list"),
    status: await git("status", "--porcelain=v2", "--branch", "-z"),
  };
}

/** Checks out a tree elsewhere, applies the patch with git, and returns the files. */
async function applyElsewhere(
  repository: TemporaryRepository,
  tree: string,
  patchFile: string,
): Promise<Record<string, string>> {
  const root = join(repository.base, "elsewhere");
  const env = {
    GIT_ALTERNATE_OBJECT_DIRECTORIES: `${join(repository.scratch, "objects")}:${
      join(repository.root, ".git/objects")
    }`,
  };
  const git = (...args: string[]) => repository.git(args, { cwd: root, env });
  await Deno.mkdir(root);
  await git("init", "--quiet");
  await git("read-tree", tree);
  await git("checkout-index", "--all", "--quiet");
  if ((await Deno.stat(patchFile)).size > 0) {
    const apply = ["apply", "--whitespace=nowarn"];
    await git(...apply, patchFile).catch(async (error) => {
      // A link to itself that became a folder: git looks beyond it and gives
      // up, whatever the patch says. Its index has no links to follow.
      if (!/Too many levels of symbolic links/.test(String(error))) throw error;
      await git(...apply, "--cached", patchFile);
      for await (const entry of Deno.readDir(root)) {
        if (entry.name === ".git") continue;
        await Deno.remove(join(root, entry.name), { recursive: true });
      }
      await git("checkout-index", "--all", "--quiet");
    });
  }
  await git("add", "--all", "--force");
  return readFiles(repository, root, ".");
}

async function checkCase(seed: number): Promise<void> {
  const chance = dice(seed);
  const { roll } = chance;
  await using repository = await temporaryRepository();
  await repository.git(["config", "core.logAllRefUpdates", "true"]);
  if (roll(4) > 0) await repository.write({ ".gitignore": "*.log\n/build\n" });
  if (roll(3) > 0) {
    await repository.git(["add", "--all"]);
    await repository.git([
      "commit",
      "--quiet",
      "--allow-empty",
      "--message",
      "first",
    ]);
  }
  if (roll(3) > 0) await makeHistory(repository, chance);
  let root = repository.root;
  for (let steps = roll(20); steps > 0; steps--) {
    await act(repository, root, chance);
  }
  if (roll(5) === 0) {
    const linked = join(repository.base, "linked");
    await repository.git([
      "worktree",
      "add",
      "--quiet",
      "--detach",
      linked,
      "HEAD",
    ]).then(
      () => root = linked,
      () => {},
    );
  }
  if (roll(4) === 0) {
    await shell(repository, "printf x >$(printf 'not\\377utf8')");
  }
  for (let steps = roll(20); steps > 0; steps--) {
    await act(repository, root, chance);
  }

  const folder = roll(3) === 0 ? join(root, "part") : root;
  if (folder !== root) {
    if (!(await Deno.lstat(folder).catch(() => null))?.isDirectory) {
      await clear(folder);
    }
    await Deno.mkdir(folder, { recursive: true });
  }
  const found = await findRepository(folder, repository.env);
  assert(found);
  assertEquals(found.root, root);
  const options = { scratch: repository.scratch, env: repository.env };

  const stateBefore = await personsState(repository, root);
  const filesBefore = await readFiles(repository, root, folder);
  const before = await takeSnapshot(found, options);
  assertEquals(await personsState(repository, root), stateBefore);
  assertEquals(
    within(await listTree(repository, before), found.prefix),
    within(filesBefore, found.prefix),
  );

  for (let steps = roll(15); steps > 0; steps--) {
    await act(repository, root, chance);
  }
  const stateAfter = await personsState(repository, root);
  const filesAfter =
    await Deno.lstat(folder).then((info) => info.isDirectory, () => false)
      ? await readFiles(repository, root, folder)
      : {};
  const after = await takeSnapshot(found, options);
  const patchFile = join(repository.base, "diff.patch");
  const summary = await diffTrees(found, before, after, {
    ...options,
    patchFile,
  });
  const expected = within(await listTree(repository, after), found.prefix);
  assertEquals(expected, within(filesAfter, found.prefix));

  const specs = found.prefix === "" ? [] : [`:(top,literal)${found.prefix}`];
  const git = (...args: string[]) =>
    repository.git([
      "-c",
      "core.quotePath=false",
      "diff",
      "-M",
      ...args,
      before,
      after,
      "--",
      ...specs,
    ], {
      cwd: root,
      env: withScratch(repository),
    });
  const gitPatch = await git("--binary", "--full-index");
  const ownPatch = await Deno.readTextFile(patchFile);
  if (ownPatch !== gitPatch) {
    // Only where git does not take its own patch.
    assertEquals(
      ownPatch,
      await git("--binary", "--full-index", "--no-renames"),
    );
    const refused = join(repository.base, "refused.patch");
    await git("--binary", "--full-index", `--output=${refused}`);
    await assertRejects(
      () => applyElsewhere(repository, before, refused),
      Error,
      "beyond a symbolic link",
    );
    await Deno.remove(join(repository.base, "elsewhere"), { recursive: true });
  }
  assertEquals(summary.stat, await git("--stat=80"));
  const numstat = (await git("--numstat")).split("\n").slice(0, -1);
  assertEquals(
    summary.files.map((file) =>
      `${file.insertions ?? "-"}\t${file.deletions ?? "-"}`
    ),
    numstat.map((line) => line.split("\t").slice(0, 2).join("\t")),
  );

  const applied = await applyElsewhere(repository, before, patchFile);
  assertEquals(within(applied, found.prefix), expected);

  const left = [...Deno.readDirSync(repository.scratch)];
  assertEquals(left.map(({ name }) => name).sort(), ["index", "objects"]);
  await emptyDir(repository.scratch);
  assertEquals(await personsState(repository, root), stateAfter);
}

Deno.test(`diffTrees() writes the patch that leads from any state to any other (${CASES} cases)`, async () => {
  for (let number = 0; number < CASES; number++) {
    const seed = SEED + number;
    try {
      await checkCase(seed);
    } catch (error) {
      throw new Error(
        `Case with AGENTCTL_GIT_SEED=${seed} AGENTCTL_GIT_CASES=1 fails`,
        { cause: error },
      );
    }
  }
});
