import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { tellFailedFilters } from "../../src/git/failing_filters.ts";
import { fastForward } from "../../src/git/merge.ts";
import { findRepository } from "../../src/git/repository.ts";
import { takeSnapshot } from "../../src/git/snapshot.ts";
import { diffTrees } from "../../src/git/tree_diff.ts";
import {
  addWorktree,
  checkOut,
  countUncommitted,
} from "../../src/git/worktree.ts";
import { OUT_OF_REACH } from "../support/temporary_folder.ts";
import {
  type TemporaryRepository,
  temporaryRepository,
} from "./temporary_repository.ts";

const POINTER = "version https://git-lfs.github.com/spec/v1\n" +
  "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n" +
  "size 12345\n";

const LFS = `[filter "lfs"]
	clean = git-lfs clean -- %f
	smudge = git-lfs smudge -- %f
	process = git-lfs filter-process
	required = true
`;

interface Helper {
  /** The user's configuration. */
  config: string;
  /** The program that it names, as a script; without it, there is none. */
  script?: string;
  program: string;
  words: string;
}

/** Helpers of git that fail, each in its way. */
const HELPERS: Record<string, Helper> = {
  "git-lfs that is not installed": {
    config: LFS,
    script: 'echo "sh: 1: git-lfs: not found" >&2; exit 127',
    program: "git-lfs",
    words: "git-lfs: not found",
  },
  "git-lfs that cannot download": {
    config: LFS,
    script: `case $1 in clean) exec cat ;; esac
echo "Downloading data.bin (12 KB)" >&2
echo "Error downloading object: data.bin: dial tcp: connection refused" >&2
exit 2`,
    program: "git-lfs",
    words: "connection refused",
  },
  "git-lfs that is killed": {
    config: LFS,
    script: "echo 'cannot allocate memory' >&2; kill -9 $$",
    program: "git-lfs",
    words: "cannot allocate memory",
  },
  "a filter of the user that is missing": {
    config: `[filter "lfs"]
	clean = agentctl-no-such-program --clean
	smudge = agentctl-no-such-program --smudge
	required = true
`,
    program: "agentctl-no-such-program",
    words: "not found",
  },
  "a filter process without commands for files": {
    config: '[filter "lfs"]\n\tprocess = broken-process\n\trequired = true\n',
    script: "echo 'broken-process: licence denied' >&2; exit 3",
    program: "broken-process",
    words: "licence denied",
  },
};

/** A repository with a pointer and a text, whose filter fails from now on. */
async function withHelper(
  { config, script, program }: Helper,
): Promise<TemporaryRepository> {
  const repository = await temporaryRepository({
    ".gitattributes": "*.bin filter=lfs -text\n",
    "a.txt": "1\n",
    "data.bin": POINTER,
  }, { dir: OUT_OF_REACH });
  const { base, env } = repository;
  const bin = join(base, "bin");
  await Deno.mkdir(bin);
  if (script !== undefined) {
    const path = join(bin, program);
    await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  env.PATH = `${bin}:${env.PATH}`;
  await Deno.writeTextFile(join(base, ".gitconfig"), config, { append: true });
  return repository;
}

for (const [name, helper] of Object.entries(HELPERS)) {
  Deno.test(`runGit() goes on without ${name}, wherever git needs it, and the reason is told once`, async () => {
    await using temporary = await withHelper(helper);
    const { root, scratch, env, base } = temporary;
    const read = (folder: string, file: string) =>
      Deno.readTextFile(join(folder, file));
    const repository = await findRepository(root, env);
    assert(repository?.head);

    // A worktree is filled, with pointers.
    const path = join(base, "worktrees", "one");
    const made = await addWorktree(
      repository,
      { path, branch: "one" },
      repository.head,
      env,
    );
    await checkOut(made, env);
    assertEquals(await read(path, "data.bin"), POINTER);
    assertEquals(await read(path, "a.txt"), "1\n");
    const told = tellFailedFilters(env).join("\n");
    assertStringIncludes(told, `${helper.program} failed`);
    assertStringIncludes(told, helper.words);
    assertStringIncludes(told, `install or repair ${helper.program}`);
    assertEquals(tellFailedFilters(env), []);

    // A change in place has its diff, although git looks at the pointer again.
    const before = await takeSnapshot(repository, { scratch, env });
    await Deno.utime(join(root, "data.bin"), 1, 1);
    await temporary.write({ "a.txt": "2\n" });
    const after = await takeSnapshot(repository, { scratch, env });
    const patchFile = join(base, "diff.patch");
    const { files } = await diffTrees(repository, before, after, {
      scratch,
      env,
      patchFile,
    });
    assertEquals(files.map(({ path }) => path), ["a.txt"]);
    assertEquals(await countUncommitted(repository, env), 1);
  });

  Deno.test(`fastForward() goes on without ${name}, and leaves what else the user has changed`, async () => {
    await using temporary = await withHelper(helper);
    const { root, env, base } = temporary;
    const plain = [
      ...["-c", "filter.lfs.required=false", "-c", "filter.lfs.process="],
      ...["-c", "filter.lfs.clean=", "-c", "filter.lfs.smudge="],
    ];
    const git = (...args: string[]) => temporary.git([...plain, ...args]);
    await git("checkout", "-q", "-b", "work");
    const changed = POINTER.replace("12345", "777");
    await temporary.write({
      "a.txt": "2\n",
      "data.bin": changed,
      "new/[x].bin": POINTER,
      "z.txt": "z\n",
    });
    await git("add", ".");
    await git("commit", "-qm", "work");
    const commit = (await git("rev-parse", "HEAD")).trim();
    await git("checkout", "-q", "main");
    await temporary.write({ "mine.txt": "mine\n" });
    const repository = await findRepository(root, env);
    assert(repository);
    await fastForward(repository, commit, env);
    assertEquals((await git("rev-parse", "main")).trim(), commit);
    assertEquals(await Deno.readTextFile(join(root, "data.bin")), changed);
    assertEquals(await Deno.readTextFile(join(root, "new/[x].bin")), POINTER);
    assertEquals(await git("status", "--porcelain"), "?? mine.txt\n");
    assertStringIncludes(tellFailedFilters(env).join(), helper.program);
    assert(base);
  });
}

Deno.test("fastForward() changes nothing if a filter fails and files of the user are in the way", async () => {
  const helper = HELPERS["git-lfs that is not installed"];
  assert(helper);
  await using temporary = await withHelper(helper);
  const { root, env } = temporary;
  const plain = [
    "-c",
    "filter.lfs.required=false",
    "-c",
    "filter.lfs.process=",
  ];
  const git = (...args: string[]) =>
    temporary.git([...plain, "-c", "filter.lfs.clean=", ...args]);
  await git("checkout", "-q", "-b", "work");
  await temporary.write({ "a.txt": "2\n", "new.bin": POINTER });
  await git("add", ".");
  await git("commit", "-qm", "work");
  const commit = (await git("rev-parse", "HEAD")).trim();
  await git("-c", "filter.lfs.smudge=", "checkout", "-q", "main");
  await temporary.write({ "a.txt": "mine\n" });
  await Deno.utime(join(root, "data.bin"), 1, 1);
  const repository = await findRepository(root, env);
  assert(repository);
  const error = await fastForward(repository, commit, env).catch((e) => e);
  assertStringIncludes(String(error), "a.txt");
  assertEquals(await git("status", "--porcelain"), " M a.txt\n");
});
