import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, steps } from "../support/stage.ts";

/** What of a record is of the task, and not of one run of it. */
const TASK = [
  ...["title", "project", "cwd", "profile", "model", "sandbox", "verify"],
  ...["timeout_ms", "idle_timeout_ms", "ephemeral"],
];

function taskOf(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(TASK.map((key) => [key, record[key]]));
}

Deno.test("rerun does the same task again, in a run and a thread of its own", async () => {
  await using stage = await makeStage();
  const sub = join(stage.repository.dir, "sub");
  await Deno.mkdir(sub);
  await stage.agentctl(["add-project", "shop", sub]);
  const prompt = steps(
    "Do\tit \u001b[31m `x` $(y) ü 漢\r",
    { write: { path: "made.txt", text: "made\n" } },
    resultStep(false, "half", "Do the rest"),
  ) + "\n\n";
  const first = await stage.start(
    prompt,
    ...["--project", "shop", "--profile", "spark", "--title", "My title"],
    ...["--model", "m", "--sandbox", "workspace-write", "--timeout", "5m"],
    ...["--idle-timeout", "2m", "--verify", "test -f made.txt"],
  );
  const before = await stage.wait(first);
  const again = await stage.agentctl(["rerun", "@last"]);
  assertEquals(again.code, 0, again.stderr);
  const second = again.stdout.trim();
  const after = await stage.wait(second);
  assertEquals(taskOf(after.record), taskOf(before.record));
  assertEquals(after.record["summary"], "half");
  assertEquals(
    await Deno.readFile(stage.runFile(second, "prompt.md")),
    await Deno.readFile(stage.runFile(first, "prompt.md")),
  );
  assertEquals(
    [after.record["parent_run_id"], after.record["root_run_id"]],
    [null, second],
  );
  assert(after.record["thread_id"] !== before.record["thread_id"]);
});

Deno.test("rerun takes the options of start for what is to be different", async () => {
  await using stage = await makeStage();
  const first = await stage.start(
    steps("Look", resultStep(true, "done")),
    ...["--profile", "spark", "--model", "m", "--timeout", "5m"],
  );
  await stage.wait(first);
  const again = await stage.agentctl([
    ...["rerun", first, "--profile", "review", "--title", "Anew", "--json"],
    ...["--run-id", "again", "--timeout", "6m", "--verify", "true"],
  ]);
  assertEquals(JSON.parse(again.stdout).run_id, "again", again.stderr);
  const { record } = await stage.wait("again");
  // Model and sandbox are those of the profile that was asked for.
  assertEquals([record["model"], record["sandbox"]], [null, "read-only"]);
  assertEquals(
    [record["title"], record["timeout_ms"], record["verified"]],
    ["Anew", 360_000, true],
  );
});

Deno.test("rerun refuses what it cannot do as it was", async () => {
  await using stage = await makeStage();
  const first = await stage.start(
    steps("Half", resultStep(false, "half", "Do the rest")),
  );
  await stage.wait(first);
  const resumed = await stage.agentctl([
    ...["resume", "--parent-run-id", first],
  ]);
  await stage.wait(resumed.stdout.trim());
  const cases: [string[], number, string][] = [
    [[resumed.stdout.trim()], 2, `rerun the first run, "${first}"`],
    [["nope"], 3, 'Cannot find run "nope"'],
    [[], 2, "name a run"],
    [[first, "--prompt", "x"], 2, "has no such option"],
    [[first, "--profile", "sparc"], 3, 'no profile "sparc"'],
  ];
  for (const [args, code, words] of cases) {
    const output = await stage.agentctl(["rerun", ...args]);
    assertEquals([output.code, output.stdout], [code, ""], args.join(" "));
    assertStringIncludes(output.stderr, words);
  }
});
