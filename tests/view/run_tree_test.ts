import { assertEquals } from "@std/assert";
import { inTree } from "../../src/view/run_tree.ts";
import { finishedRecord } from "../run/sample_record.ts";

Deno.test("inTree() puts runs below those that they continue or come after, and loses none", () => {
  const run = (run_id: string, change = {}) =>
    finishedRecord({ run_id, root_run_id: run_id, ...change });
  // The newest first, as a list has them.
  const { records, branches } = inTree([
    run("f", { after: ["gone"] }),
    run("e", { after: ["a", "b"] }),
    run("d", { parent_run_id: "c" }),
    run("c", { parent_run_id: "a" }),
    run("b", { after: ["a"] }),
    run("a"),
  ]);
  assertEquals(
    records.map(({ run_id }) => `${branches.get(run_id)}${run_id}`),
    ["f", "a", "├ b", "│ └ e", "└ c", "  └ d"],
  );
});
