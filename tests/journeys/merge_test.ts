import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";

/** A run in a worktree that writes files, to its end. */
async function work(
  stage: Stage,
  title: string,
  files: Record<string, string>,
): Promise<string> {
  const id = await stage.start(
    steps(
      title,
      ...Object.entries(files).map(([path, text]) => ({
        write: { path, text },
      })),
      resultStep(true, `Did ${title}`),
    ),
    "--worktree",
  );
  const { code, record } = await stage.wait(id);
  assertEquals(code, 0, JSON.stringify(record));
  return id;
}

/** All that a merge could change: what is checked out, the branches, and the files. */
async function state({ repository }: Stage): Promise<string[]> {
  return [
    await repository.git("for-each-ref"),
    await repository.git("status", "--porcelain", "--branch"),
    await repository.git("worktree", "list"),
    await repository.git("symbolic-ref", "-q", "HEAD").catch(() => "detached"),
  ];
}

Deno.test("merge brings runs into the user's branch one after another, and removes their worktrees", async () => {
  await using stage = await makeStage();
  const { repository } = stage;
  const one = await work(stage, "one", { "one.txt": "1\n" });
  const two = await work(stage, "two", { "greeting.txt": "2\n" });
  await Deno.writeTextFile(join(repository.dir, "README.md"), "mine\n");
  const before = await state(stage);
  // Where a program lies below that agentctl may run, Deno makes no folder by chance.
  const preview = await stage.agentctl(["merge", "--preview", one, two], {
    env: { TMPDIR: stage.scratch.dir },
  });
  assertEquals([preview.code, preview.stdout], [
    0,
    `✓ ${one} one: merges\n✓ ${two} two: merges\n`,
  ]);
  assertEquals(await state(stage), before);

  const merged = await stage.agentctl(["merge", one, two, "--json"]);
  assertEquals(merged.code, 0, merged.stderr);
  const outcome = JSON.parse(merged.stdout);
  assertEquals([outcome.merged, outcome.branch, outcome.left], [
    true,
    "main",
    [],
  ]);
  assertEquals(
    await repository.git("log", "--first-parent", "--format=%s", "main"),
    `Merge run ${two}: two\none\nInitial commit\n`,
  );
  assertEquals(
    await repository.git("rev-parse", "main"),
    `${outcome.commit}\n`,
  );
  assertEquals(
    await Deno.readTextFile(join(repository.dir, "greeting.txt")),
    "2\n",
  );
  assertEquals(await repository.git("status", "--porcelain"), " M README.md\n");
  assertEquals(await repository.git("branch", "--list"), "* main\n");
  assertEquals(
    (await repository.git("worktree", "list")).trim().split("\n").length,
    1,
  );
  assertEquals((await stage.show(two))["worktree_state"], {
    state: "merged",
    commit: outcome.commit,
  });
  // Nothing is left beside it either.
  assertEquals(
    Array.from(
      Deno.readDirSync(join(stage.workspace, "worktrees")),
      ({ name }) => name,
    ),
    ["lock"],
  );
  const again = await stage.agentctl(["merge", two]);
  assertEquals([again.code, again.stdout], [
    0,
    `✓ ${two} two: is already merged\n`,
  ]);
});

Deno.test("merge --squash makes one commit of a run", async () => {
  await using stage = await makeStage();
  const { repository } = stage;
  const one = await work(stage, "one", { "one.txt": "1\n" });
  const more = await stage.agentctl(["resume", "--parent-run-id", one], {
    stdin: steps(
      "more",
      { write: { path: "two.txt", text: "2\n" } },
      resultStep(true, "Did more"),
    ),
  });
  const last = more.stdout.trim();
  await stage.wait(last);
  const { code, stderr } = await stage.agentctl([
    "merge",
    "--squash",
    one,
    last,
  ]);
  assertEquals(code, 0, stderr);
  assertEquals(
    await repository.git("log", "--format=%B|%P", "--name-only", "-1"),
    `one\n\nDid more\n\nAgentctl-Run: ${last}\n|${
      (await repository.git("rev-parse", "HEAD~1")).trim()
    }\n\none.txt\ntwo.txt\n`,
  );
  assertEquals(
    (await stage.show(one))["worktree_state"],
    (await stage.show(last))["worktree_state"],
  );
  const next = await stage.agentctl(["resume", "--parent-run-id", last], {
    stdin: steps(
      "next",
      { append: { path: "two.txt", text: "3\n" } },
      resultStep(true, "x"),
    ),
  });
  const { record } = await stage.wait(next.stdout.trim());
  assertEquals(
    (record["worktree"] as { base_commit: string }).base_commit,
    (await repository.git("rev-parse", "HEAD")).trim(),
  );
});

Deno.test("merge says which files conflict with which run or commit, and changes nothing", async () => {
  await using stage = await makeStage();
  const { repository } = stage;
  const one = await work(stage, "one", {
    "greeting.txt": "1\n",
    "a.txt": "1\n",
  });
  const two = await work(stage, "two", { "greeting.txt": "2\n" });
  const three = await work(stage, "three", { "README.md": "3\n" });
  await Deno.writeTextFile(join(repository.dir, "README.md"), "mine\n");
  await repository.git("commit", "--quiet", "--all", "--message", "Mine");
  const mine = (await repository.git("rev-parse", "--short=10", "HEAD")).trim();
  const before = await state(stage);
  const output = await stage.agentctl(["merge", one, two, three]);
  assertEquals([output.code, output.stdout], [
    1,
    `✓ ${one} one: merges\n✗ ${two} two: conflicts in greeting.txt (with run ${one})\n✗ ${three} three: conflicts in README.md (with commit ${mine} "Mine")\n`,
  ]);
  assertStringIncludes(
    output.stderr,
    "Nothing was merged; conflicts: 2 of 3 runs",
  );
  assertEquals(await state(stage), before);
});

Deno.test("merge leaves everything as it was where the repository is not ready", async () => {
  await using stage = await makeStage();
  const { repository } = stage;
  const id = await work(stage, "one", {
    "greeting.txt": "1\n",
    "new.txt": "1\n",
  });
  const refused = async (words: string) => {
    const before = await state(stage);
    const output = await stage.agentctl(["merge", id]);
    assertEquals(output.code, 5, output.stderr);
    assertStringIncludes(output.stderr, words);
    assertEquals(await state(stage), before);
  };
  await Deno.writeTextFile(join(repository.dir, "new.txt"), "mine\n");
  await refused(
    "untracked working tree files would be overwritten by merge: new.txt",
  );
  await Deno.remove(join(repository.dir, "new.txt"));
  await Deno.writeTextFile(join(repository.dir, "greeting.txt"), "mine\n");
  await refused(
    "local changes to the following files would be overwritten by merge: greeting.txt",
  );
  await repository.git("commit", "--quiet", "--all", "--message", "Mine");
  await repository.git("checkout", "--quiet", "--detach");
  await refused("HEAD is detached there");
  await repository.git("checkout", "--quiet", "--orphan", "empty");
  await refused('branch "empty" has no commit yet');
  await repository.git("checkout", "--quiet", "--force", "main");
  await repository.git("merge", "--quiet", `agentctl/${id}`).catch(() => {});
  await refused("a merge is in progress");
});

Deno.test("merge takes what is there: a lost run, a removed folder, a deleted branch, a merge by hand", async () => {
  await using stage = await makeStage();
  const { repository } = stage;
  const id = await stage.start(
    steps("lost", { write: { path: "lost.txt", text: "1\n" } }, { hang: true }),
    "--worktree",
  );
  await stage.waitForFile(id, "events.jsonl", "lost.txt");
  const live = await stage.agentctl(["merge", id]);
  assertEquals(live.code, 2);
  assertStringIncludes(live.stderr, "it is still running");
  const { supervisor_pid } = JSON.parse(
    await Deno.readTextFile(stage.runFile(id, "meta.json")),
  );
  assert(supervisor_pid > 1);
  Deno.kill(supervisor_pid, "SIGKILL");
  await stage.wait(id);
  assertEquals((await stage.agentctl(["merge", id])).code, 0);
  assertEquals(
    await repository.git("log", "-1", "--format=%B"),
    `lost\n\nAgentctl-Run: ${id}\n\n`,
  );
  assertEquals(await repository.git("show", "HEAD:lost.txt"), "1\n");
  assertStringIncludes(
    (await stage.agentctl(["diff", id])).stderr,
    "it has none",
  );

  const worktreeOf = async (id: string) =>
    (await stage.show(id))["worktree"] as { path: string; branch: string };
  const folder = await work(stage, "folder", { "folder.txt": "1\n" });
  await Deno.remove((await worktreeOf(folder)).path, { recursive: true });
  const branch = await work(stage, "branch", { "branch.txt": "1\n" });
  const { path, branch: name } = await worktreeOf(branch);
  await repository.git("worktree", "remove", "--force", path);
  await repository.git("branch", "--quiet", "-D", name);
  const hand = await work(stage, "hand", { "hand.txt": "1\n" });
  await repository.git("merge", "--quiet", (await worktreeOf(hand)).branch);
  const output = await stage.agentctl(["merge", folder, branch, hand]);
  assertEquals([output.code, output.stdout], [
    0,
    `✓ ${folder} folder: merges\n✓ ${branch} branch: merges\n✓ ${hand} hand: is already merged\n`,
  ], output.stderr);
  for (const name of ["folder", "branch", "hand"]) {
    assertEquals(
      await Deno.readTextFile(join(repository.dir, `${name}.txt`)),
      "1\n",
    );
  }
  assertEquals(await repository.git("branch", "--list"), "* main\n");
  assertEquals(
    (await repository.git("worktree", "list")).trim().split("\n").length,
    1,
  );
  const plain = await stage.start(steps("plain", resultStep(true, "x")));
  await stage.wait(plain);
  assertStringIncludes(
    (await stage.agentctl(["merge", plain])).stderr,
    "it has no worktree",
  );
});

Deno.test("discard and clean delete no work that is not merged without --force", async () => {
  await using stage = await makeStage();
  const { repository } = stage;
  const id = await work(stage, "one", { "one.txt": "1\n" });
  const before = await state(stage);
  const refused = await stage.agentctl(["discard", id]);
  assertEquals(refused.code, 2);
  assertStringIncludes(
    refused.stderr,
    `is not merged; merge it with "agentctl merge ${id}", or give --force`,
  );
  const clean = await stage.agentctl([
    "clean",
    "--older-than",
    "1ms",
    "--keep",
    "0",
    "--json",
  ]);
  assertEquals(JSON.parse(clean.stdout).unmerged, [id], clean.stderr);
  assertEquals(await state(stage), before);

  const merged = await work(stage, "two", { "two.txt": "1\n" });
  await repository.git("merge", "--quiet", `agentctl/${merged}`);
  const cleaned = JSON.parse(
    (await stage.agentctl([
      "clean",
      "--older-than",
      "1ms",
      "--keep",
      "0",
      "--json",
    ])).stdout,
  );
  assertEquals([cleaned.removed, cleaned.unmerged], [[merged], [id]]);
  assertEquals(
    await repository.git("branch", "--list", "agentctl/*"),
    `+ agentctl/${id}\n`,
  );

  const { commit } = (await stage.show(id))["worktree"] as { commit: string };
  const forced = await stage.agentctl(["discard", id, "--force"]);
  assertEquals(forced.code, 0, forced.stderr);
  assertStringIncludes(forced.stderr, `git branch NAME ${commit}`);
  assertEquals(await repository.git("branch", "--list"), "* main\n");
  assertEquals((await stage.show(id))["worktree_state"], {
    state: "discarded",
    commit: null,
  });
  assertStringIncludes(
    (await stage.agentctl(["merge", id])).stderr,
    "it was discarded",
  );
  assertStringIncludes((await stage.agentctl(["diff", id])).stdout, "one.txt");
  const last = JSON.parse(
    (await stage.agentctl([
      "clean",
      "--older-than",
      "1ms",
      "--keep",
      "0",
      "--json",
    ])).stdout,
  );
  assertEquals(last.removed, [id]);
});

Deno.test("a worktree with a repository in it is removed by nothing but discard --force", async () => {
  await using stage = await makeStage();
  const { repository } = stage;
  const id = await stage.start(
    steps("one", { write: { path: "one.txt", text: "1\n" } }, {
      wait_for_file: "inner/x",
    }, resultStep(true, "x")),
    "--worktree",
  );
  await stage.waitForFile(id, "events.jsonl", "one.txt");
  const { path } = (await stage.show(id))["worktree"] as { path: string };
  await repository.git("init", "--quiet", join(path, "inner"));
  await Deno.writeTextFile(join(path, "inner/x"), "");
  await stage.wait(id);
  const output = await stage.agentctl(["merge", id]);
  assertEquals(output.code, 0);
  assertStringIncludes(
    output.stderr,
    '"inner" inside it is a repository of its own',
  );
  await Deno.stat(join(path, "inner/x"));
  assertEquals((await stage.agentctl(["discard", id])).code, 2);
  assertEquals((await stage.agentctl(["discard", id, "--force"])).code, 0);
  assertEquals(await Deno.lstat(path).catch(() => null), null);
});

Deno.test("nothing is removed from a place that a record names but agentctl did not make", async () => {
  await using stage = await makeStage();
  const id = await work(stage, "one", { "one.txt": "1\n" });
  const precious = join(stage.scratch.dir, "precious");
  await Deno.mkdir(precious);
  await Deno.writeTextFile(join(precious, "x"), "");
  const meta = stage.runFile(id, "meta.json");
  const record = JSON.parse(await Deno.readTextFile(meta));
  record.worktree.path = precious;
  await Deno.writeTextFile(meta, JSON.stringify(record));
  for (const call of [["discard", "--force", id], ["merge", id]]) {
    const { code, stderr } = await stage.agentctl(call);
    assertEquals(code, 5);
    assertStringIncludes(stderr, "it is not where agentctl makes worktrees");
  }
  const clean = await stage.agentctl([
    "clean",
    "--force",
    "--older-than",
    "1ms",
    "--keep",
    "0",
  ]);
  assertStringIncludes(
    clean.stderr,
    "it is not where agentctl makes worktrees",
  );
  assertEquals(Array.from(Deno.readDirSync(precious), ({ name }) => name), [
    "x",
  ]);
  assertEquals(await Deno.lstat(`${precious}.lock`).catch(() => null), null);
});

Deno.test("merge with a git before 2.38 fast-forwards, and says before it does anything what it cannot merge", async () => {
  await using stage = await makeStage();
  const one = await work(stage, "one", { "one.txt": "1\n" });
  const two = await work(stage, "two", { "two.txt": "2\n" });
  const bin = join(stage.scratch.dir, "old");
  await Deno.mkdir(bin);
  await Deno.writeTextFile(
    join(bin, "git"),
    `#!/bin/sh
case " $* " in
*" version "*) echo git version 2.34.1; exit ;;
*" merge-tree "*) echo 'usage: git merge-tree <base-tree> <branch1> <branch2>' >&2; exit 129 ;;
esac
PATH='${stage.env["PATH"]}' exec git "$@"
`,
    { mode: 0o755 },
  );
  const merge = (...args: string[]) =>
    stage.agentctl(["merge", ...args], {
      env: { PATH: `${bin}:${stage.env["PATH"]}` },
    });
  const refused = async (...args: string[]) => {
    const before = await state(stage);
    const { code, stderr } = await merge(...args);
    assertEquals(code, 5, stderr);
    assertStringIncludes(stderr, "git 2.34 can only fast-forward");
    assertStringIncludes(stderr, "install git 2.38 or later");
    assertEquals(await state(stage), before);
  };
  await refused(one, two);
  await refused("--preview", one, two);
  await refused("--squash", one);
  const forward = await merge(one);
  assertEquals(forward.code, 0, forward.stderr);
  // Now the histories have diverged.
  await refused(two);
  await refused("--preview", two);
});
