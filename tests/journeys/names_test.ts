import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";

const DONE = steps("Do it", resultStep(true, "done"));
const FAILS = steps("Try it", resultStep(false, "not done"));

/** The ids of runs that have not ended, or have ended with their goals met or not. */
async function runs(stage: Stage) {
  const start = async (title: string, prompt: string, ...options: string[]) => {
    const id = await stage.start(prompt, "--title", title, ...options);
    if (!options.includes("--hold")) await stage.wait(id);
    return id;
  };
  return {
    done: await start("Round totals", DONE, "--label", "tax"),
    failed: await start("Parse dates", FAILS, "--label", "tax"),
    held: await start("Wait a while", DONE, "--hold"),
  };
}

Deno.test("a run is named by any part of its id, by its place, by what it is, and, for looking, by its title", async () => {
  await using stage = await makeStage();
  const { done, failed, held } = await runs(stage);
  const shown = async (word: string) => {
    const { code, stdout, stderr } = await stage.agentctl(["show", word]);
    return stdout === ""
      ? [code, stderr.trim()]
      : JSON.parse(stdout)["run_id"] as unknown;
  };
  assertEquals(await shown(done.slice(-4)), done);
  assertEquals(await shown(failed.slice(11)), failed);
  assertEquals(await shown("@last"), held);
  assertEquals(await shown("@last~2"), done);
  assertEquals(await shown("@failed"), failed);
  assertEquals(await shown("@running"), held);
  assertEquals(await shown("round TOTALS"), done);
  assertEquals(await shown("dates"), failed);
  assertEquals(await shown("@last~3"), [
    ...[3, 'Cannot find run "@last~3": there are only 3 runs'],
  ]);
  assertEquals(await shown("@tax"), [
    2,
    `Cannot tell which run "@tax" is: it means 2 runs (${failed}, ${done}); name one of them`,
  ]);
  const [code, several] = await shown("a") as [number, string];
  assertEquals(code, 2);
  assertStringIncludes(several, "titles contain it");
  const unknown = await shown("@taz") as [number, string];
  assertEquals(unknown[0], 3);
  assertStringIncludes(unknown[1], 'did you mean "@tax"');

  // What acts wants an id, and says which run a part of one means.
  const acted = await stage.agentctl(["release", held.slice(-4), "--json"]);
  assertEquals(
    acted.stderr,
    `${held.slice(-4)} is run ${held} "Wait a while"\n`,
  );
  const sent = await stage.agentctl(["send", "Wait a", "x"]);
  assertEquals(sent.code, 2);
  assertStringIncludes(sent.stderr, `give the id, as ${held} "Wait a while"`);
  await stage.wait(held);
  const waited = await stage.agentctl(["wait", "@tax", "--json"]);
  assertEquals([waited.code, JSON.parse(waited.stdout)], [0, []]);
  const ended = await stage.agentctl(["wait", "totals", "dates", "--json"]);
  assertEquals(
    JSON.parse(ended.stdout).map((run: { run_id: string }) => run.run_id),
    [done, failed],
  );
});

Deno.test("several runs are acted on by one word, which is explained first; what was mended does not count as failed", async () => {
  await using stage = await makeStage();
  const { done, failed, held } = await runs(stage);
  const call = async (...args: string[]) => {
    const { code, stdout, stderr } = await stage.agentctl(args);
    return { code, stdout: stdout.trim(), said: stderr.trim().split("\n") };
  };
  // One that waits for another is not held.
  const after = await stage.start(DONE, "--after", held);
  const released = await call("release", "@all");
  assertEquals(released.said[0], `@all is run ${held} "Wait a while"`);
  await stage.wait(held);
  await stage.wait(after);
  assertEquals((await call("stop", "@running")).said, [
    ...["@running means no run", "No runs to stop"],
  ]);

  const again = await call("rerun", "@failed");
  assertEquals([again.code, again.said[0]], [
    ...[0, `@failed is run ${failed} "Parse dates"`],
  ]);
  await stage.wait(again.stdout);
  assertEquals((await stage.show(again.stdout))["rerun_of"], failed);
  // Of what was repeated in vain, the last counts.
  const third = await call("rerun", "@failed");
  assertEquals(third.said[0], `@failed is run ${again.stdout} "Parse dates"`);
  await stage.wait(third.stdout);
  const mended = await call("resume", "@failed", DONE);
  assertEquals(mended.said[0], `@failed is run ${third.stdout} "Parse dates"`);
  await stage.wait(mended.stdout);
  assertEquals((await call("rerun", "@failed")).said, [
    "@failed means no run",
    "No runs to rerun",
  ]);

  // All have been read by wait.
  assertEquals((await call("ack", "@unread")).said[0], "@unread means no run");
  assertEquals((await call("merge", "@tax")).said, [
    ...["@tax means no run", "No runs to merge"],
  ]);
  assertEquals((await call("discard", "@all")).said[1], "No runs to discard");
  assert(done !== held);
});

Deno.test("a word that names more than five runs needs --yes where nobody can be asked", async () => {
  await using stage = await makeStage();
  const batch = Array.from(
    { length: 6 },
    (_, i) => `--- task: t${i}\n---\n${DONE}\n`,
  ).join("");
  const args = ["start", "--hold", "--label", "many", "--batch", "-"];
  const started = await stage.agentctl(args, { stdin: batch });
  const ids = started.stdout.trim().split("\n");
  const refused = await stage.agentctl(["stop", "@many"]);
  assertEquals(refused.code, 2);
  assertEquals(refused.stdout, "");
  for (const id of ids) assertStringIncludes(refused.stderr, id);
  assertStringIncludes(
    refused.stderr,
    "Cannot stop: @many means 6 runs, and there is no terminal to ask on; add --yes if you mean all of them",
  );
  assertEquals((await stage.show(ids[0] ?? ""))["status"], "queued");
  // Named one by one, nothing is asked.
  const one = await stage.agentctl(["stop", ids[0] ?? "", ids[1] ?? ""]);
  assertEquals(one.code, 0, one.stderr);
  const agreed = await stage.agentctl(["stop", "@many", "--yes"]);
  assertEquals(agreed.code, 0, agreed.stderr);
  for (const id of ids) {
    assertEquals((await stage.show(id))["status"], "stopped");
  }
});

Deno.test("merge takes the runs of a project that have something to merge", async () => {
  await using stage = await makeStage();
  const shop = join(stage.repository.dir, "shop");
  await Deno.mkdir(shop);
  await Deno.writeTextFile(join(shop, "a.txt"), "a\n");
  await stage.repository.git("add", ".");
  await stage.repository.git("commit", "-qm", "Shop");
  await stage.agentctl(["add-project", "shop", shop]);
  const writes = (name: string) =>
    steps(
      "Write",
      { write: { path: `${name}.txt`, text: `${name}\n` } },
      resultStep(true, name),
    );
  const start = async (name: string) =>
    await stage.start(writes(name), "--project", "shop", "--worktree");
  const ids = [await start("b"), await start("c")];
  // One without a worktree has nothing to merge.
  await stage.wait(await stage.start(DONE, "--project", "shop"));
  for (const id of ids) await stage.wait(id);
  const merged = await stage.agentctl(["merge", "@shop"]);
  assertEquals(merged.code, 0, merged.stderr);
  assertStringIncludes(merged.stderr, "@shop means 2 runs:");
  assertStringIncludes(merged.stderr, "Merged 2 runs into");
  const again = await stage.agentctl(["merge", "@shop"]);
  assertEquals([again.code, again.stderr.split("\n")[1]], [
    ...[0, "No runs to merge"],
  ]);
});

Deno.test("commands are called as fingers know them", async () => {
  await using stage = await makeStage();
  const started = await stage.agentctl(["--title", "First", "start", DONE]);
  assertEquals(started.code, 0, started.stderr);
  const id = started.stdout.trim();
  await stage.wait(id);
  const resumed = await stage.agentctl(["resume", id, DONE]);
  assertEquals(resumed.code, 0, resumed.stderr);
  await stage.wait(resumed.stdout.trim());
  assertEquals((await stage.show(resumed.stdout.trim()))["parent_run_id"], id);

  for (
    const words of [["--json", "list"], ["ls", "--json"], ["--json", "ps"]]
  ) {
    const { code, stdout } = await stage.agentctl(words);
    assertEquals([code, JSON.parse(stdout).length], [0, 2], words.join(" "));
  }
  const elsewhere = ["--workspace", stage.workspace, "list", "--json"];
  const { stdout } = await stage.agentctl(elsewhere);
  assertEquals(JSON.parse(stdout).length, 2);
  const version = await stage.agentctl(["version"]);
  assertStringIncludes(version.stdout, "agentctl 0.");

  for (
    const [word, meant] of [
      ["kill", "agentctl stop ID"],
      ["cancel", "agentctl stop ID"],
      ["rm", "agentctl discard ID"],
      ["delete", "agentctl discard ID"],
      ["prune", "agentctl clean"],
    ] as const
  ) {
    const { code, stderr } = await stage.agentctl([word, id]);
    assertEquals(code, 2, word);
    assertStringIncludes(stderr, `Cannot run "${word}": `);
    assertStringIncludes(stderr, meant);
  }
  for (const [word, meant] of [["stpo", "stop"], ["lits", "list"]] as const) {
    const { stderr } = await stage.agentctl([word]);
    assertStringIncludes(stderr, `did you mean "${meant}"`);
  }
  for (const word of ["xyzzy", "tsp", "koll"]) {
    const { code, stderr } = await stage.agentctl([word]);
    assertEquals([code, stderr.includes("did you mean")], [2, false], stderr);
  }
  for (const name of ["last", "failed", "unread", "running", "all"]) {
    const { code, stderr } = await stage.agentctl(["add-project", name, "."]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `"@${name}" names runs of any project`);
  }
});
