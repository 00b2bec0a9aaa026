import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";

function tokens(input_tokens: number, output_tokens: number) {
  return { usage: { input_tokens, output_tokens } };
}

async function statsOf(stage: Stage, ...words: string[]) {
  const { code, stdout, stderr } = await stage.agentctl(
    ["stats", "--json", ...words],
  );
  assertEquals(code, 0, stderr);
  return { ...JSON.parse(stdout), said: stderr };
}

Deno.test("stats adds up what runs used and how they ended, and leaves damaged records out", async () => {
  await using stage = await makeStage();
  const none = await stage.agentctl(["stats"]);
  assertEquals([none.code, none.stdout, none.stderr], [
    0,
    "",
    "No runs\n",
  ]);
  const gate = join(stage.scratch.dir, "gate");
  await stage.agentctl(["add-project", "shop", "."]);
  const shop = ["--project", "shop", "--profile", "spark"];
  const first = await stage.start(
    steps("Half", tokens(1000, 100), resultStep(false, "half")),
    ...shop,
  );
  await stage.wait(first);
  const resumed = await stage.agentctl([
    ...["resume", "--parent-run-id", first, "--profile", "deep", "--prompt"],
    steps("Rest", tokens(400, 40), resultStep(true, "whole")),
  ]);
  assertEquals(resumed.code, 0, resumed.stderr);
  const second = resumed.stdout.trim();
  await stage.wait(second);
  const failed = await stage.start(steps("Fail", { fail: "no" }), ...shop);
  await stage.wait(failed);
  const open = await stage.start(steps("Wait", { wait_for_file: gate }));
  await stage.waitForFile(open, "meta.json", '"status": "running"');
  const damaged = await stage.start(steps("x", resultStep(true, "x")), ...shop);
  await stage.wait(damaged);
  await Deno.writeTextFile(stage.runFile(damaged, "meta.json"), "{");

  const all = await statsOf(stage);
  const { duration_ms, ...totals } = all.totals;
  assert(duration_ms > 0);
  assertEquals(totals, {
    runs: 4,
    goal_met: 1,
    goal_not_met: 1,
    failed: 1,
    unfinished: 1,
    input_tokens: 1400,
    cached_input_tokens: 0,
    output_tokens: 140,
    reasoning_output_tokens: 0,
  });
  assertEquals(all.damaged, [damaged]);
  assertStringIncludes(all.said, `Cannot read run "${damaged}"`);
  const rows = (list: Record<string, unknown>[], name: string) =>
    list.map((row) => [row[name], row["runs"], row["input_tokens"]]);
  assertEquals(rows(all.by_profile, "profile"), [
    ["spark", 2, 1000],
    ["deep", 1, 400],
    [null, 1, 0],
  ]);
  assertEquals(rows(all.by_project, "project"), [["shop", 4, 1400]]);
  assertEquals(all.by_day.length, 1);

  const chains = await statsOf(stage, "--by", "chain");
  assertEquals(
    rows(chains.by_chain, "root_run_id"),
    [[open, 1, 0], [failed, 1, 0], [first, 2, 1400]],
  );
  assertEquals(chains.by_profile, undefined);
  const later = await statsOf(stage, "--since", "2100-01-01");
  assertEquals([later.totals.runs, later.damaged], [0, []]);
  const recent = await statsOf(stage, "--since", "1h", "--by", "run");
  assertEquals(
    recent.by_run.map((row: { run_id: string }) => row.run_id),
    [open, failed, second, first],
  );

  const { stdout } = await stage.agentctl(["stats"], {
    env: { COLUMNS: "100" },
  });
  assertStringIncludes(
    stdout,
    "PROFILE  RUNS  MET  NOT  FAILED  OPEN  INPUT  CACHED  OUTPUT  REASONING",
  );
  assertStringIncludes(
    stdout,
    "deep        1    1    -       -     -    400       0      40          0",
  );
  assertStringIncludes(stdout.trimEnd().split("\n").at(-1) ?? "", "all");
  assert(!stdout.includes("\x1b"));
  for (const columns of [20, 30, 50, 80]) {
    const { stdout } = await stage.agentctl(["stats", "--by", "day"], {
      env: { COLUMNS: String(columns) },
    });
    for (const line of stdout.split("\n")) assert(line.length <= columns, line);
    assert(!stdout.includes("…"), stdout);
  }

  await Deno.writeTextFile(gate, "");
  await stage.wait(open);
});

Deno.test("stats says what would be right", async () => {
  await using stage = await makeStage();
  for (
    const [words, message] of [
      [["--by", "week"], 'Cannot use --by "week": give one of run, chain,'],
      [["--since", "soon"], 'Cannot read time "soon"'],
      [["shop"], 'argument "shop" is unexpected'],
    ] as const
  ) {
    const output = await stage.agentctl(["stats", ...words]);
    assertEquals(output.code, 2);
    assertStringIncludes(output.stderr, message);
  }
});
