import { assert, assertEquals } from "@std/assert";
import { exitCodeOf, worstExitCode } from "../../src/cli/exit_code.ts";
import { presentRun } from "../../src/view/present_run.ts";
import { runFacts } from "../../src/view/run_facts.ts";
import { parseRunId } from "../../src/run/id.ts";
import { runFiles } from "../../src/run/store.ts";
import {
  finishedRecord,
  runningRecord,
  startingRecord,
} from "../run/sample_record.ts";
import { makeWorkspace } from "../workspace/make_workspace.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const FIRST = [
  "run_id",
  "title",
  "status",
  "goal_met",
  "words_of",
  "summary",
  "followup_prompt",
  "notes",
  "exit_code",
  "git_diff_stat",
];

Deno.test("presentRun() gives the same keys in the same order for every run, what matters most first", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const records = [startingRecord(), runningRecord(), finishedRecord()];
  const keys = [];
  for (const record of records) {
    const shown = await presentRun(
      workspace,
      await runFacts(workspace, record),
    );
    keys.push(Object.keys(shown));
    for (const [key, value] of Object.entries(shown)) {
      assert(value !== undefined, key);
    }
  }
  assertEquals(keys[0]?.slice(0, FIRST.length), FIRST);
  assertEquals(keys[1], keys[0]);
  assertEquals(keys[2], keys[0]);
});

Deno.test("presentRun() names the files that are there, and keeps inner things inside", async () => {
  await using folder = await temporaryFolder();
  const workspace = await makeWorkspace(folder.path);
  const record = finishedRecord({ run_id: "a", supervisor_pid: 7 });
  const files = runFiles(workspace, parseRunId("a"));
  await Deno.mkdir(files.folder);
  await Deno.writeTextFile(files.prompt, "x");
  await Deno.writeTextFile(files.env, "{}");
  const shown = await presentRun(
    workspace,
    await runFacts(workspace, record),
  );
  assertEquals(shown["files"], { folder: files.folder, prompt: files.prompt });
  assertEquals(shown["duration"], "10s");
  for (const key of ["supervisor_pid", "thread_usage"]) {
    assertEquals(key in shown, false, key);
  }
});

Deno.test("exitCodeOf() and worstExitCode() tell the outcome", () => {
  const result = {
    goal_met: false,
    summary: "",
    followup_prompt: "",
    notes: "",
  };
  const good = finishedRecord();
  const unmet = finishedRecord({}, { result });
  const none = finishedRecord({}, { result: undefined });
  const failed = finishedRecord({}, { status: "failed" });
  const codes = [good, unmet, none, failed, runningRecord()].map(exitCodeOf);
  assertEquals(codes, [0, 1, 1, 4, 124]);
  for (const status of ["stopped", "timed_out", "lost"] as const) {
    assertEquals(exitCodeOf(finishedRecord({}, { status })), 4);
  }
  assertEquals(worstExitCode([]), 0);
  assertEquals(worstExitCode([good, unmet]), 1);
  assertEquals(worstExitCode([failed, good, unmet]), 4);
});
