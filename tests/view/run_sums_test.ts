import { assertEquals } from "@std/assert";
import type { CountableRun } from "../../src/view/countable_runs.ts";
import { groupRuns, sumRuns } from "../../src/view/run_sums.ts";

function run(change: Partial<CountableRun> & { run_id: string }): CountableRun {
  return {
    root_run_id: change.run_id,
    title: `Title of ${change.run_id}`,
    project: "shop",
    profile: "spark",
    created_at: new Date(2026, 0, 2, 12).toISOString(),
    outcome: "goal_met",
    usage: {
      input_tokens: 100,
      cached_input_tokens: 20,
      output_tokens: 30,
      reasoning_output_tokens: 5,
    },
    duration_ms: 1000,
    ...change,
  };
}

Deno.test("sumRuns() adds up every count, and takes no count for none", () => {
  assertEquals(
    sumRuns([
      run({ run_id: "a" }),
      run({ run_id: "b", outcome: "goal_not_met" }),
      run({ run_id: "c", outcome: "failed", usage: null }),
      run({ run_id: "d", outcome: "unfinished", duration_ms: 500 }),
    ]),
    {
      runs: 4,
      goal_met: 1,
      goal_not_met: 1,
      failed: 1,
      unfinished: 1,
      input_tokens: 300,
      cached_input_tokens: 60,
      output_tokens: 90,
      reasoning_output_tokens: 15,
      duration_ms: 3500,
    },
  );
  assertEquals(sumRuns([]).runs, 0);
});

Deno.test("groupRuns() keeps a chain together and names it for its first run", () => {
  const groups = groupRuns([
    run({ run_id: "c", root_run_id: "a" }),
    run({ run_id: "b" }),
    run({ run_id: "a" }),
  ], "chain");
  assertEquals(
    groups.map(({ key, title, sums }) => [key, title, sums.runs]),
    [["a", "Title of a", 2], ["b", "Title of b", 1]],
  );
});

Deno.test("groupRuns() names a chain whose first run is gone for the oldest one left", () => {
  const groups = groupRuns([
    run({ run_id: "c", root_run_id: "a" }),
    run({ run_id: "b", root_run_id: "a" }),
  ], "chain");
  assertEquals(groups.map(({ key, title }) => [key, title]), [
    ["a", "Title of b"],
  ]);
});

Deno.test("groupRuns() sorts projects and profiles by tokens, and has those without", () => {
  const usage = {
    input_tokens: 9000,
    cached_input_tokens: 0,
    output_tokens: 1,
    reasoning_output_tokens: 0,
  };
  const runs = [
    run({ run_id: "a", project: "shop", profile: "spark" }),
    run({ run_id: "b", project: "/src/docs", profile: null, usage }),
  ];
  const keys = (by: "project" | "profile") =>
    groupRuns(runs, by).map(({ key }) => key);
  assertEquals(keys("project"), ["/src/docs", "shop"]);
  assertEquals(keys("profile"), [null, "spark"]);
});

Deno.test("groupRuns() has a day from midnight to midnight where the user is", () => {
  const at = (day: number, hour: number) =>
    new Date(2026, 2, day, hour, 30).toISOString();
  const groups = groupRuns([
    run({ run_id: "a", created_at: at(2, 23) }),
    run({ run_id: "b", created_at: at(3, 0) }),
    run({ run_id: "c", created_at: at(3, 23) }),
  ], "day");
  assertEquals(
    groups.map(({ key, sums }) => [key, sums.runs]),
    [["2026-03-03", 2], ["2026-03-02", 1]],
  );
});
