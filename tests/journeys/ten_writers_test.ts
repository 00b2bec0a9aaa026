import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { acquireLock } from "../../src/files/lock.ts";
import {
  applyPatch,
  delayUntil,
  finish,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { makeStage } from "../support/stage.ts";

const NAMES = Array.from({ length: 10 }, (_, index) => `writer-${index}`);

Deno.test("real Codex: ten writers of one file in worktrees: ten diffs, overlaps marked, nine conflicts previewed, nothing merged by force, nothing lost", async () => {
  const allWrote = Promise.withResolvers<void>();
  await using server = startModelServer(scriptByPrompt((request) => {
    const name = request.prompts[0] ?? "";
    return [
      applyPatch(
        `*** Begin Patch\n*** Update File: greeting.txt\n@@\n-hello\n+hello from ${name}\n*** End Patch\n`,
      ),
      delayUntil(
        allWrote.promise,
        finish({
          goal_met: true,
          summary: `${name} wrote`,
          followup_prompt: "",
          notes: "",
        }),
      ),
    ];
  }));
  await using stage = await makeStage({ modelServer: server });
  const { repository } = stage;
  const base = (await repository.git("rev-parse", "HEAD")).trim();
  const ids: string[] = [];
  for (const name of NAMES) {
    ids.push(await stage.start(name, "--worktree", "--profile", "spark"));
  }
  for (const id of ids) {
    await stage.waitForFile(id, "events.jsonl", '"type":"file_change"');
  }
  allWrote.resolve();
  const branches: string[] = [];
  const commits: string[] = [];
  for (const [index, id] of ids.entries()) {
    const { record, code } = await stage.wait(id);
    assertEquals(
      [code, record["files_changed"]],
      [0, ["greeting.txt"]],
      JSON.stringify(record),
    );
    const worktree = record["worktree"] as {
      branch: string;
      commit: string;
      base_commit: string;
    };
    assertEquals(worktree.base_commit, base);
    branches.push(worktree.branch);
    commits.push(worktree.commit);
    // Ten diffs, each with its own line and no other.
    const diff = await stage.agentctl(["diff", id]);
    assertEquals(
      diff.stdout.split("\n").filter((line) => /^[+-](?![+-])/.test(line)),
      ["-hello", `+hello from ${NAMES[index]}`],
    );
    assertEquals(
      await repository.git(
        "diff",
        "--binary",
        "--full-index",
        base,
        worktree.branch,
      ),
      diff.stdout,
    );
  }
  // The last look of each supervisor is after its record.
  for (const id of ids) {
    using _gone = await acquireLock(stage.runFile(id, "lock"));
  }
  for (const id of ids) {
    const overlaps = (await stage.show(id))["overlaps"] as {
      run_id: string;
      files: string[];
    }[];
    assertEquals(
      overlaps.map(({ run_id }) => run_id).sort(),
      ids.filter((other) => other !== id).sort(),
    );
    assert(overlaps.every(({ files }) => files.join() === "greeting.txt"));
  }
  const list = await stage.agentctl(["list"]);
  assertEquals(
    list.stdout.split("\n").filter((line) => line.includes("⚠")).length,
    10,
  );

  const state = async () => [
    await repository.git("for-each-ref"),
    await repository.git("worktree", "list"),
    await repository.git("status", "--porcelain", "--branch"),
    await Deno.readTextFile(join(repository.dir, "greeting.txt")),
  ];
  const before = await state();
  const preview = await stage.agentctl(["merge", "--preview", ...ids]);
  assertEquals(preview.code, 1);
  assertEquals(preview.stdout.split("\n").slice(0, 10), [
    `✓ ${ids[0]} writer-0: merges`,
    ...ids.slice(1).map((id, index) =>
      `✗ ${id} ${NAMES[index + 1]}: conflicts in greeting.txt (with run ${
        ids[0]
      })`
    ),
  ]);
  assertStringIncludes(preview.stderr, "Conflicts: 9 of 10 runs");
  assertEquals(await state(), before);
  const all = await stage.agentctl(["merge", ...ids]);
  assertEquals(all.code, 1);
  assertEquals(await state(), before);

  const one = await stage.agentctl(["merge", String(ids[0])]);
  assertEquals(one.code, 0, one.stderr);
  assertEquals(
    await Deno.readTextFile(join(repository.dir, "greeting.txt")),
    "hello from writer-0\n",
  );
  for (const id of ids.slice(1)) {
    const refused = await stage.agentctl(["discard", id]);
    assertEquals(refused.code, 2);
  }
  const clean = await stage.agentctl([
    "clean",
    "--older-than",
    "1ms",
    "--keep",
    "0",
    "--json",
  ]);
  assertEquals(JSON.parse(clean.stdout).unmerged.sort(), ids.slice(1).sort());
  for (const [index, branch] of branches.slice(1).entries()) {
    assertEquals(
      await repository.git("rev-parse", branch),
      `${commits[index + 1]}\n`,
    );
    assertEquals(
      await repository.git("show", `${branch}:greeting.txt`),
      `hello from ${NAMES[index + 1]}\n`,
    );
  }
  assertEquals(server.scriptErrors, []);
});
