import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { basename, dirname, join } from "@std/path";
import { OUT_OF_REACH } from "../support/temporary_folder.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";

interface Worktree {
  repository: string;
  path: string;
  branch: string;
  base_commit: string;
  commit: string | null;
}

function worktreeOf(record: Record<string, unknown>): Worktree {
  assert(record["worktree"], JSON.stringify(record));
  return record["worktree"] as Worktree;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** A run in a worktree that writes files, to its end. */
async function workIn(
  stage: Stage,
  files: Record<string, string>,
  options: string[] = [],
  title = "Write",
): Promise<{ id: string; record: Record<string, unknown> }> {
  const id = await stage.start(
    steps(
      title,
      ...Object.entries(files).map(([path, text]) => ({
        write: { path, text },
      })),
      resultStep(true, `Wrote ${Object.keys(files).join(", ")}`),
    ),
    "--worktree",
    ...options,
  );
  return { id, record: (await stage.wait(id)).record };
}

Deno.test("start --worktree works on a branch outside the repository, and the supervisor commits what the worker left", async () => {
  await using stage = await makeStage();
  const { repository } = stage;
  const head = (await repository.git("rev-parse", "HEAD")).trim();
  await Deno.writeTextFile(join(repository.dir, "greeting.txt"), "mine\n");
  const { id, record } = await workIn(
    stage,
    { "greeting.txt": "HELLO\n", "new.txt": "1\n" },
    [],
    "Greet in capitals",
  );
  const worktree = worktreeOf(record);
  assertEquals([record["status"], record["worktree_state"]], ["finished", {
    state: "kept",
    commit: worktree.commit,
  }]);
  assertEquals(worktree.repository, await Deno.realPath(repository.dir));
  assertEquals([worktree.branch, worktree.base_commit], [
    `agentctl/${id}`,
    head,
  ]);
  assertEquals(basename(worktree.path), id);
  assert(
    dirname(worktree.path).startsWith(
      join(stage.scratch.home, ".ai-orch/worktrees/repository-"),
    ),
  );
  assertEquals(record["cwd"], worktree.path);
  assertEquals(
    await repository.git("log", "-1", "--format=%an|%B", worktree.branch),
    `Test|Greet in capitals\n\nWrote greeting.txt, new.txt\n\nAgentctl-Run: ${id}\n\n`,
  );
  assertEquals(
    await repository.git(
      "diff",
      head,
      worktree.branch,
      "--binary",
      "--full-index",
    ),
    await Deno.readTextFile(stage.runFile(id, "diff.patch")),
  );
  assertStringIncludes(
    String(record["warnings"]),
    `1 uncommitted change of "${worktree.repository}" is not in the worktree`,
  );
  assertEquals(
    await Deno.readTextFile(join(repository.dir, "greeting.txt")),
    "mine\n",
  );
  assertEquals(
    await repository.git("status", "--porcelain"),
    " M greeting.txt\n",
  );
});

Deno.test("a run that changes nothing leaves neither worktree nor branch", async () => {
  await using stage = await makeStage();
  const { record } = await workIn(stage, {});
  const worktree = worktreeOf(record);
  assertEquals(worktree.commit, null);
  // It goes after the final record, with the supervisor.
  const id = String(record["run_id"]);
  await stage.waitForFile(id, "worktree.json", "unchanged");
  assertEquals(await exists(worktree.path), false);
  assertEquals(await stage.repository.git("branch", "--list"), "* main\n");
  assertEquals((await stage.show(id))["worktree_state"], {
    state: "unchanged",
    commit: null,
  });
});

Deno.test("a project's worktree gets the files of .worktreeinclude and its set-up, and the commit has neither", async () => {
  await using stage = await makeStage();
  const { repository } = stage;
  const write = (path: string, text: string) =>
    Deno.writeTextFile(join(repository.dir, path), text);
  await write(".gitignore", ".env\n*.secret\n");
  await repository.git("add", "--all");
  await repository.git("commit", "--quiet", "--message", "ignore");
  await write(
    ".worktreeinclude",
    "# what the worker needs\n.env\n/notes.txt\nlink\nREADME.md\n",
  );
  await write(".env", "A=1\n");
  await write("other.secret", "not named\n");
  await write("notes.txt", "untracked\n");
  await Deno.symlink("/etc/hostname", join(repository.dir, "link"));
  const added = await stage.agentctl([
    "add-project",
    "shop",
    ".",
    "--worktree",
    "--setup",
    "cat .env > made.txt; echo ready; pwd",
  ]);
  assertEquals(added.code, 0, added.stderr);
  const id = await stage.start(
    steps(
      "Write",
      { write: { path: "new.txt", text: "1\n" } },
      resultStep(true, "Done"),
    ),
    "--project",
    "shop",
  );
  const { record } = await stage.wait(id);
  const worktree = worktreeOf(record);
  const read = (path: string) => Deno.readTextFile(join(worktree.path, path));
  assertEquals([
    await read(".env"),
    await read("notes.txt"),
    await read("made.txt"),
  ], ["A=1\n", "untracked\n", "A=1\n"]);
  assertEquals([
    await exists(join(worktree.path, "link")),
    await exists(join(worktree.path, "other.secret")),
  ], [false, false]);
  assertStringIncludes(
    String(record["warnings"]),
    '"link" (it leads out of the repository)',
  );
  assertEquals(
    await Deno.readTextFile(stage.runFile(id, "setup.log")),
    `ready\n${worktree.path}\n`,
  );
  assertEquals(record["files_changed"], ["new.txt"]);
  assertEquals(
    await repository.git("show", "--format=", "--name-only", worktree.branch),
    "new.txt\n",
  );

  const plain = await stage.start(
    steps("Write", resultStep(true, "Done")),
    "--project",
    "shop",
    "--no-worktree",
  );
  const { record: other } = await stage.wait(plain);
  assertEquals([other["worktree"], other["cwd"]], [null, worktree.repository]);
});

Deno.test("a set-up that fails ends the run before any worker, and leaves nothing", async () => {
  await using stage = await makeStage();
  await stage.agentctl([
    "add-project",
    "shop",
    ".",
    "--worktree",
    "--setup",
    "echo out of luck; exit 3",
  ]);
  const id = await stage.start(
    steps("Write", resultStep(true, "Done")),
    "--project",
    "shop",
  );
  const { record, code } = await stage.wait(id);
  assertEquals([code, record["status"]], [4, "failed"]);
  assertEquals(
    record["reason"],
    `The set-up of the worktree failed (exit code 3): see "${
      stage.runFile(id, "setup.log")
    }"`,
  );
  assertEquals(
    await Deno.readTextFile(stage.runFile(id, "setup.log")),
    "out of luck\n",
  );
  assertEquals(await exists(stage.runFile(id, "events.jsonl")), false);
  await stage.waitForFile(id, "worktree.json", "unchanged");
  assertEquals(await stage.repository.git("branch", "--list"), "* main\n");
});

Deno.test("resume goes on in the same worktree, also after a lost supervisor and a removed folder", async () => {
  await using stage = await makeStage();
  const { repository } = stage;
  const first = await workIn(stage, { "one.txt": "1\n" });
  const worktree = worktreeOf(first.record);
  const resume = async (parent: string, prompt: string) => {
    const { stdout, stderr } = await stage.agentctl([
      "resume",
      "--parent-run-id",
      parent,
    ], { stdin: prompt });
    assertEquals(stderr, "");
    return stdout.trim();
  };
  const second = await resume(
    first.id,
    steps("Two", { write: { path: "two.txt", text: "2\n" } }, { hang: true }),
  );
  await stage.waitForFile(second, "events.jsonl", "two.txt");
  const running = await stage.show(second);
  assertEquals([worktreeOf(running).path, running["cwd"]], [
    worktree.path,
    worktree.path,
  ]);
  const stored = JSON.parse(
    await Deno.readTextFile(stage.runFile(second, "meta.json")),
  );
  assert(stored.supervisor_pid > 1);
  Deno.kill(stored.supervisor_pid, "SIGKILL");
  assertEquals((await stage.wait(second)).record["status"], "lost");

  const third = await resume(
    second,
    steps(
      "Three",
      { write: { path: "three.txt", text: "3\n" } },
      resultStep(true, "All"),
    ),
  );
  const { record } = await stage.wait(third);
  assertEquals(record["files_changed"], ["three.txt"]);
  assertEquals(
    await repository.git(
      "log",
      "--format=%(trailers:key=Agentctl-Run,valueonly,separator=)",
      "--name-only",
      `main..${worktree.branch}`,
    ),
    `${third}\n\nthree.txt\n${second}\n\ntwo.txt\n${first.id}\n\none.txt\n`,
  );

  await Deno.remove(worktree.path, { recursive: true });
  const fourth = await resume(
    third,
    steps(
      "Four",
      { append: { path: "one.txt", text: "4\n" } },
      resultStep(true, "All"),
    ),
  );
  const again = await stage.wait(fourth);
  assertEquals(again.record["files_changed"], ["one.txt"]);
  assertEquals(worktreeOf(again.record).base_commit, worktree.base_commit);
  assertEquals(
    await Deno.readTextFile(join(worktree.path, "one.txt")),
    "1\n4\n",
  );
  assertEquals(
    await repository.git("show", `${worktree.branch}:three.txt`),
    "3\n",
  );
});

Deno.test("a run that is stopped keeps what its worker did", async () => {
  await using stage = await makeStage();
  const id = await stage.start(
    steps("Write", { write: { path: "half.txt", text: "1\n" } }, {
      hang: true,
    }),
    "--worktree",
  );
  await stage.waitForFile(id, "events.jsonl", "half.txt");
  await stage.agentctl(["stop", id]);
  const record = await stage.show(id);
  assertEquals(record["status"], "stopped");
  assertEquals(
    await stage.repository.git("show", `${worktreeOf(record).commit}:half.txt`),
    "1\n",
  );
});

Deno.test("start --worktree says what is in its way, before anything is made", async () => {
  await using stage = await makeStage();
  const { scratch } = stage;
  const refused = async (cwd: string, ...options: string[]) => {
    const output = await stage.agentctl(["start", "--worktree", ...options], {
      cwd,
      stdin: "Look",
    });
    assertEquals([output.stdout, output.code === 2 || output.code === 5], [
      "",
      true,
    ], output.stderr);
    return output.stderr;
  };
  const git = (...args: string[]) => stage.repository.git(...args);
  const plain = join(scratch.dir, "plain");
  await Deno.mkdir(plain);
  assertStringIncludes(await refused(plain), "is not in a git work tree");
  await git("init", "--quiet", join(scratch.dir, "empty"));
  assertStringIncludes(
    await refused(join(scratch.dir, "empty")),
    "has no commit",
  );
  await git("init", "--quiet", "--bare", join(scratch.dir, "bare"));
  assertStringIncludes(
    await refused(join(scratch.dir, "bare")),
    "is a bare repository",
  );
  assertStringIncludes(
    await refused(stage.repository.dir, "--no-worktree"),
    "Cannot use both",
  );
  await stage.agentctl(["init", scratch.home]);
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    JSON.stringify({ worktree_folder: join(stage.repository.dir, "inside") }),
  );
  assertStringIncludes(
    await refused(stage.repository.dir),
    'set "worktree_folder" to one outside',
  );
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    '{"worktree_folder": "there"}',
  );
  assertStringIncludes(
    await refused(stage.repository.dir),
    'value of "worktree_folder" is wrong',
  );
  assertEquals(await exists(join(stage.workspace, "worktrees")), false);
});

Deno.test("start --worktree begins with the commit of a detached HEAD, of a linked worktree, and in the same folder of it", async () => {
  await using stage = await makeStage();
  const { repository, scratch } = stage;
  await Deno.mkdir(join(repository.dir, "part"));
  await Deno.writeTextFile(join(repository.dir, "part/a"), "1\n");
  await repository.git("add", "--all");
  await repository.git("commit", "--quiet", "--message", "part");
  await repository.git("checkout", "--quiet", "--detach");
  const linked = join(scratch.dir, "linked");
  await repository.git("worktree", "add", "--quiet", "-b", "other", linked);
  for (const root of [repository.dir, linked]) {
    const { stdout, stderr } = await stage.agentctl([
      "start",
      "--worktree",
      "--sandbox",
      "danger-full-access",
    ], {
      cwd: join(root, "part"),
      stdin: steps("Write", { write: { path: "a", text: "2\n" } }, {
        write: { path: "../top", text: "1\n" },
      }, resultStep(true, "Done")),
    });
    assertEquals(stderr, "");
    const { record } = await stage.wait(stdout.trim());
    const worktree = worktreeOf(record);
    assertEquals([worktree.repository, record["cwd"]], [
      await Deno.realPath(root),
      join(worktree.path, "part"),
    ]);
    assertEquals(
      await repository.git("show", "--format=", "--name-only", worktree.branch),
      "part/a\ntop\n",
    );
  }
});

Deno.test("a worktree has the folders of submodules, empty, and leaves them as they are", async () => {
  await using stage = await makeStage();
  const { repository, scratch } = stage;
  const library = join(scratch.dir, "library");
  await repository.git("init", "--quiet", library);
  await repository.git(
    "-C",
    library,
    "-c",
    "user.name=T",
    "-c",
    "user.email=t@e",
    "commit",
    "--quiet",
    "--allow-empty",
    "--message",
    "x",
  );
  await repository.git(
    "-c",
    "protocol.file.allow=always",
    "submodule",
    "--quiet",
    "add",
    library,
    "library",
  );
  await repository.git("commit", "--quiet", "--message", "submodule");
  const { record } = await workIn(stage, { "new.txt": "1\n" });
  const worktree = worktreeOf(record);
  assertEquals([...Deno.readDirSync(join(worktree.path, "library"))], []);
  assertEquals(
    await repository.git("show", "--format=", "--name-only", worktree.branch),
    "new.txt\n",
  );
});

Deno.test("a workspace that nobody approved supplies no folder for worktrees", async () => {
  await using stage = await makeStage();
  const { repository } = stage;
  await stage.agentctl(["init"]);
  await stage.agentctl([
    "add-project",
    "shop",
    ".",
    "--worktree",
    "--setup",
    "touch set-up",
  ]);
  await Deno.writeTextFile(
    join(repository.dir, ".ai-orch/config.jsonc"),
    JSON.stringify({ worktree_folder: join(stage.scratch.dir, "elsewhere") }),
  );
  const { stdout, stderr } = await stage.agentctl([
    "start",
    "--project",
    "shop",
  ], { stdin: steps("Look", resultStep(true, "x")) });
  assertStringIncludes(stderr, "Ignored worktree_folder of ");
  const record = JSON.parse(
    (await stage.agentctl(["wait", stdout.trim(), "--full"])).stdout,
  );
  assertEquals(
    worktreeOf(record).path.startsWith(join(stage.scratch.home, ".ai-orch")),
    true,
  );
  assertStringIncludes(
    String(record["warnings"]),
    "worktree_folder",
  );
});

Deno.test("a folder that is not a worktree any more is not removed, whatever is in it", async () => {
  await using stage = await makeStage();
  const { repository } = stage;
  const id = await stage.start(
    steps("one", { write: { path: "one.txt", text: "1\n" } }, {
      wait_for_file: "go",
    }, resultStep(true, "x")),
    "--worktree",
  );
  await stage.waitForFile(id, "events.jsonl", "one.txt");
  const { path } = worktreeOf(await stage.show(id));
  await Deno.remove(join(path, ".git"));
  await Deno.writeTextFile(join(path, "go"), "");
  const { record } = await stage.wait(id);
  assertStringIncludes(
    String(record["warnings"]),
    `Not committed, but still in "${path}"`,
  );
  for (const command of ["merge", "discard"]) {
    assertStringIncludes(
      (await stage.agentctl([command, id])).stderr,
      `"${path}" is no longer a worktree of "${await Deno.realPath(
        repository.dir,
      )}"`,
    );
    assertEquals(await Deno.readTextFile(join(path, "one.txt")), "1\n");
  }
  assertEquals((await stage.agentctl(["discard", id, "--force"])).code, 0);
  assertEquals(await exists(path), false);
});

Deno.test("what comes right after wait finds the worktree of an unchanged run gone, and everything free", async () => {
  await using stage = await makeStage({ dir: OUT_OF_REACH });
  // As in a large repository: removing takes its time.
  await Deno.writeTextFile(
    join(stage.scratch.bin, "git"),
    `#!/bin/sh
case " $* " in *" worktree remove "*) sleep 1 ;; esac
PATH='${stage.env["PATH"]?.replace(`${stage.scratch.bin}:`, "")}' exec git "$@"
`,
    { mode: 0o755 },
  );
  const ids = [];
  for (let index = 0; index < 3; index++) {
    const prompt = steps("Look", resultStep(true, "Nothing to do"));
    ids.push(await stage.start(prompt, "--worktree"));
  }
  const calls = [
    ["discard"],
    ["merge"],
    ["clean", "--keep", "0", "--older-than", "1ms", "--json"],
  ];
  for (const [index, [command = "", ...options]] of calls.entries()) {
    const id = ids[index] ?? "";
    const { record } = await stage.wait(id);
    assertEquals(record["worktree_state"], {
      state: "unchanged",
      commit: null,
    });
    assert(!await exists(worktreeOf(record).path));
    const args = command === "clean" ? [] : [id];
    const call = await stage.agentctl([command, ...args, ...options]);
    assertEquals(call.code, 0, call.stderr);
    if (command === "clean") assertStringIncludes(call.stdout, id);
  }
});
