// Whatever a worker does in its worktree, with git too, its branch gets all of
// it, what was there before it is no part of that, and the user's work tree
// stays as it is to the byte. AGENTCTL_GIT_CASES and AGENTCTL_GIT_SEED as in
// snapshot_property_test.ts.
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  adoptChanges,
  composeChanges,
  markStart,
} from "../../src/git/kept_changes.ts";
import { findRepository } from "../../src/git/repository.ts";
import { takeSnapshot } from "../../src/git/snapshot.ts";
import { diffTrees } from "../../src/git/tree_diff.ts";
import {
  addWorktree,
  checkOut,
  deleteBranch,
  removeWorktree,
} from "../../src/git/worktree.ts";
import { act, dice, makeHistory } from "./random_actions.ts";
import { readFiles } from "./read_files.ts";
import {
  fingerprint,
  listTree,
  type TemporaryRepository,
  temporaryRepository,
} from "./temporary_repository.ts";

const CASES = Number(Deno.env.get("AGENTCTL_GIT_CASES") ?? "6");
const SEED = Number(Deno.env.get("AGENTCTL_GIT_SEED") ?? "1");
const BRANCH = "agentctl/run";

/** All that is the user's: files, index, HEAD, stash, branches, settings; not the objects, nor what belongs to the worktree. */
async function personsState(
  repository: TemporaryRepository,
): Promise<string[]> {
  const ours =
    /\/\.git\/(objects|worktrees|(logs\/)?refs\/heads\/agentctl)[/ ]|\/\.git\/(logs(\/refs(\/heads)?)?|refs\/heads) [0-7]+ folder/;
  return [
    ...(await fingerprint(repository.root)).filter((line) => !ours.test(line)),
    await repository.git(["stash", "list"]),
    await repository.git(["rev-parse", "--symbolic-full-name", "HEAD"]),
  ];
}

/** As an object, so that a difference is told by its path. */
function sorted(entries: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries).sort(([a], [b]) => a < b ? -1 : 1),
  );
}

async function checkCase(seed: number): Promise<boolean> {
  const chance = dice(seed);
  const { roll } = chance;
  await using repository = await temporaryRepository();
  const { env, root, scratch } = repository;
  await repository.git(["config", "core.logAllRefUpdates", "true"]);
  await repository.write({ ".gitignore": "*.log\n/build\n", "a": "first\n" });
  await repository.git(["add", "--all"]);
  await repository.git(["commit", "--quiet", "--message", "first"]);
  await makeHistory(repository, chance);
  for (let steps = roll(12); steps > 0; steps--) {
    await act(repository, root, chance);
  }
  const home = await findRepository(root, env);
  assert(home);
  if (home.head === null) return false;

  // The worktree begins with the commit that is checked out, whatever is dirty.
  const before = await personsState(repository);
  const path = join(repository.base, "worktrees", "run");
  const find = async () => {
    const found = await findRepository(path, env);
    assert(found);
    return found;
  };
  await addWorktree(home, { path, branch: BRANCH }, home.head, env);
  await checkOut(await find(), env);
  assertEquals(
    await listTree(repository, `${BRANCH}^{tree}`),
    await listTree(repository, home.head),
  );
  assertEquals(
    await repository.git(["status", "--porcelain"], { cwd: path }),
    "",
  );
  // A set-up leaves something.
  const leaves = roll(2) === 0;
  if (leaves) await Deno.writeTextFile(join(path, "left by the set-up"), "x");
  const start = await takeSnapshot(await find(), {
    scratch,
    env,
    keepObjects: true,
  });
  await markStart(await find(), start, env);
  assertEquals(await personsState(repository), before);

  for (let attempt = 1 + roll(2); attempt > 0; attempt--) {
    const from = await takeSnapshot(await find(), {
      scratch,
      env,
      keepObjects: true,
    });
    const branchBefore = await listTree(repository, BRANCH);
    const filesBefore = await listTree(repository, from);
    for (let steps = roll(15); steps > 0; steps--) {
      await act(repository, path, chance);
    }
    // The worker may have changed what all worktrees share: stash, branches.
    const meanwhile = await personsState(repository);
    const worktree = await find();
    const files = await readFiles(repository, path, ".");
    const heads = [
      worktree.head,
      (await repository.git(["rev-parse", "--verify", "--quiet", BRANCH]).catch(
        () => "",
      )).trim(),
    ];
    const tree = await takeSnapshot(worktree, {
      scratch,
      env,
      keepObjects: true,
    });
    assertEquals(sorted(await listTree(repository, tree)), sorted(files));
    const options = { branch: BRANCH, scratch, env, message: "Kept\n", tree };
    const kept = await composeChanges(worktree, options);
    await adoptChanges(worktree, kept, options);
    assertEquals(await personsState(repository), meanwhile);

    // All files but what the set-up left are in the commit, and no other.
    const committed = await listTree(repository, BRANCH);
    const expected = { ...files };
    const inHead = heads[0] ? await listTree(repository, heads[0]) : {};
    const leftover = "left by the set-up";
    // A worker may have committed it, now or before, or have put it away
    // (`git stash`) in one attempt and taken it out again in the next.
    const isWorkers = leftover in inHead || leftover in branchBefore ||
      !(leftover in filesBefore);
    if (leaves && !isWorkers) delete expected[leftover];
    assertEquals(sorted(committed), sorted(expected));
    // Nothing that anybody committed is lost.
    for (const commit of heads) {
      if (commit) {
        await repository.git(["merge-base", "--is-ancestor", commit, BRANCH]);
      }
    }
    await repository.git(["merge-base", "--is-ancestor", home.head, BRANCH]);
    assertEquals(
      await repository.git(["symbolic-ref", "HEAD"], { cwd: path }),
      `refs/heads/${BRANCH}\n`,
    );
    const status = await repository.git(["status", "--porcelain"], {
      cwd: path,
    });
    assertEquals(
      status.split("\n").filter((line) =>
        line !== "" && !line.includes(leftover)
      ),
      [],
    );

    // The diff that is recorded is what git says of the two trees.
    const patchFile = join(repository.base, "diff.patch");
    const summary = await diffTrees(worktree, from, tree, {
      scratch,
      env,
      patchFile,
    });
    const git = (...args: string[]) =>
      repository.git([
        "-c",
        "core.quotePath=false",
        "diff",
        "-M",
        ...args,
        from,
        tree,
      ]);
    assertEquals(summary.stat, await git("--stat=80"));
    const patch = await Deno.readTextFile(patchFile);
    if (patch !== await git("--binary", "--full-index")) {
      assertEquals(
        patch,
        await git("--binary", "--full-index", "--no-renames"),
      );
    }
  }

  const atLast = await personsState(repository);
  await removeWorktree(home, path, env);
  await deleteBranch(home, BRANCH, env);
  const gone = /\/\.git\/packed-refs /;
  const kept = (lines: string[]) => lines.filter((line) => !gone.test(line));
  assertEquals(kept(await personsState(repository)), kept(atLast));
  return true;
}

Deno.test(`a worktree's branch gets all that was done in it, and the user's work tree stays (${CASES} cases)`, async () => {
  let checked = 0;
  for (let number = 0; number < CASES; number++) {
    const seed = SEED + number;
    try {
      if (await checkCase(seed)) checked++;
    } catch (error) {
      throw new Error(
        `Case with AGENTCTL_GIT_SEED=${seed} AGENTCTL_GIT_CASES=1 fails`,
        { cause: error },
      );
    }
  }
  assert(checked > CASES / 2, `Only ${checked} cases have a commit`);
});
