import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { acquireLock } from "../../src/files/lock.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";

/** A run that writes a file and goes on when told to. */
async function begin(
  stage: Stage,
  name: string,
  path: string,
  ...options: string[]
): Promise<{ id: string; end(): Promise<void> }> {
  const gate = join(stage.scratch.dir, `gate-${name}`);
  const id = await stage.start(
    steps(
      name,
      { write: { path, text: `${name}\n` } },
      { wait_for_file: gate },
      resultStep(true, name),
    ),
    ...options,
  );
  await stage.waitForFile(id, "events.jsonl", path);
  return {
    id,
    async end() {
      await Deno.writeTextFile(gate, "");
      await stage.wait(id);
      // The supervisor looks around once more after the end of its run.
      using _gone = await acquireLock(stage.runFile(id, "lock"));
    },
  };
}

async function overlapsOf(stage: Stage, id: string): Promise<unknown> {
  return (await stage.show(id))["overlaps"];
}

Deno.test("runs that change the same file at the same time carry each other, and list marks them", async () => {
  await using stage = await makeStage();
  const before = await begin(stage, "before", "greeting.txt", "--worktree");
  await before.end();
  const one = await begin(stage, "one", "greeting.txt", "--worktree");
  const two = await begin(stage, "two", "greeting.txt", "--worktree");
  const other = await begin(stage, "other", "README.md", "--worktree");
  await one.end();
  assertEquals(await overlapsOf(stage, one.id), []);
  const main = await begin(stage, "main", "greeting.txt");
  await two.end();
  const meta = JSON.parse(
    await Deno.readTextFile(stage.runFile(two.id, "meta.json")),
  );
  assertEquals(meta.overlaps, [{ run_id: one.id, files: ["greeting.txt"] }]);
  assertEquals(await overlapsOf(stage, one.id), [{
    run_id: two.id,
    files: ["greeting.txt"],
  }]);
  await main.end();
  await other.end();
  assertEquals(await overlapsOf(stage, main.id), [{
    run_id: two.id,
    files: ["greeting.txt"],
  }]);
  assertEquals(await overlapsOf(stage, other.id), []);
  assertEquals(await overlapsOf(stage, before.id), []);

  const list = await stage.agentctl(["list"], { env: { COLUMNS: "60" } });
  const lines = list.stdout.trimEnd().split("\n").slice(1);
  assertEquals(lines.map((line) => line.slice(6, 25)), [
    "✓ goal met ⚠  main ",
    "✓ goal met    other",
    "✓ goal met ⚠  two  ",
    "✓ goal met ⚠  one  ",
    "✓ goal met    befor",
  ]);
  assertStringIncludes(list.stderr, "⚠ changed the same files");
});

Deno.test("many that end at once all find one another", async () => {
  await using stage = await makeStage();
  const runs = [];
  for (const name of ["a", "b", "c", "d"]) {
    runs.push(await begin(stage, name, "greeting.txt", "--worktree"));
  }
  await Promise.all(runs.map((run) => run.end()));
  for (const { id } of runs) {
    const overlaps = await overlapsOf(stage, id) as { run_id: string }[];
    assertEquals(
      overlaps.map(({ run_id }) => run_id),
      runs.map(({ id }) => id).filter((other) => other !== id).sort(),
    );
  }
});

/** A run that edits a file, then has two commands, each when it is told. */
async function beginCommand(
  stage: Stage,
  name: string,
  edits: string[] = [],
): Promise<{ id: string; command: Promise<void>; end(): Promise<void> }> {
  const gate = join(stage.scratch.dir, `gate-${name}`);
  const id = await stage.start(steps(
    name,
    ...edits.map((path) => ({ write: { path, text: `${name}\n` } })),
    { wait_for_file: `${gate}-command` },
    { run: { command: `make ${name}`, ms: 1_500 } },
    { say: `${name} has run` },
    { wait_for_file: join(stage.scratch.dir, "gate-together") },
    { run: { command: `bash -lc 'date > ${name}.log'`, ms: 2_500 } },
    { wait_for_file: gate },
    resultStep(true, name),
  ));
  return {
    id,
    // Begun once it is asked for.
    get command() {
      return Deno.writeTextFile(`${gate}-command`, "").then(() =>
        stage.waitForFile(id, "events.jsonl", `make ${name}`)
      );
    },
    async end() {
      await Deno.writeTextFile(gate, "");
      await stage.wait(id);
      using _gone = await acquireLock(stage.runFile(id, "lock"));
    },
  };
}

Deno.test("runs in one folder say what each changed itself, overlap only in what both touched, and diff --own shows only that", async () => {
  await using stage = await makeStage();
  const path = (name: string) => join(stage.repository.dir, name);
  const one = await beginCommand(stage, "one", ["a.txt", "both.txt"]);
  await stage.waitForFile(one.id, "events.jsonl", "both.txt");
  const two = await beginCommand(stage, "two", ["b.txt", "greeting.txt"]);
  await stage.waitForFile(two.id, "events.jsonl", "greeting.txt");
  // The stand-in has commands, but they do nothing: the test does it for them.
  await one.command;
  await Deno.writeTextFile(path("made by one.txt"), "1\n");
  await stage.waitForFile(one.id, "events.jsonl", "one has run");
  await two.command;
  await Deno.writeTextFile(path("made by two.txt"), "1\n");
  await Deno.writeTextFile(path("both.txt"), "two\n");
  await stage.waitForFile(two.id, "events.jsonl", "two has run");
  await Deno.writeTextFile(path("mine.txt"), "the user's\n");
  // Two commands at once, of which only the texts tell.
  await Deno.writeTextFile(join(stage.scratch.dir, "gate-together"), "");
  for (const [name, { id }] of Object.entries({ one, two })) {
    await stage.waitForFile(id, "events.jsonl", `${name}.log`);
  }
  for (const name of ["one.log", "two.log", "nobody's.txt"]) {
    await Deno.writeTextFile(path(name), "1\n");
  }
  await one.end();
  await two.end();

  const [first, second] = [await stage.show(one.id), await stage.show(two.id)];
  assertEquals(first["own_files"], [
    ...["a.txt", "both.txt", "made by one.txt", "one.log"],
  ]);
  assertEquals(second["own_files"], [
    ...["b.txt", "both.txt", "greeting.txt", "made by two.txt", "two.log"],
  ]);
  assertEquals((first["files_changed"] as string[]).includes("b.txt"), true);
  assertEquals(first["overlaps"], [{ run_id: two.id, files: ["both.txt"] }]);
  assertEquals(second["overlaps"], [{ run_id: one.id, files: ["both.txt"] }]);

  const own = await stage.agentctl(["diff", one.id, "--own"]);
  assertEquals(own.stdout.match(/^diff --git .*/gm), [
    "diff --git a/a.txt b/a.txt",
    "diff --git a/both.txt b/both.txt",
    "diff --git a/made by one.txt b/made by one.txt",
    "diff --git a/one.log b/one.log",
  ]);
  const whole = await stage.agentctl(["diff", one.id]);
  assertStringIncludes(whole.stderr, "b.txt, greeting.txt");
  const stat = await stage.agentctl(["diff", two.id, "--own", "--stat"]);
  assertStringIncludes(stat.stdout, "5 files changed");
  assertEquals(stat.stdout.includes("a.txt"), false);
});
