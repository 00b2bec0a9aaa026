import { assert, assertEquals } from "@std/assert";
import { SHELL_FORM } from "../../src/cli/shown_run.ts";
import {
  answeredRun,
  BriefRun,
  digestedRuns,
} from "../../src/mcp/brief_run.ts";
import type { RunRecord } from "../../src/run/record.ts";
import {
  BRIEF_BYTES,
  briefRun,
  bytesForEach,
} from "../../src/view/brief_run.ts";
import { runFacts } from "../../src/view/run_facts.ts";
import { DEFAULT_CONFIG } from "../../src/workspace/config.ts";
import { question } from "../fleet/asking_run.ts";
import { finishedRecord, runningRecord } from "../run/sample_record.ts";

const WORKSPACE = {
  root: "/home/ada/.ai-orch",
  state: "/home/ada/.ai-orch",
  config: DEFAULT_CONFIG,
  remarks: [],
};

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** Texts that are long in characters, in bytes, or once they are JSON. */
const LONG = [
  "word ".repeat(20_000),
  "🦕".repeat(50_000),
  '"\\\n'.repeat(9_999),
];

const OVERLAP = { run_id: "other", files: ["a"] };

/** As MCP answers. */
async function answered(
  record: RunRecord,
  bytes?: number,
): Promise<BriefRun> {
  return await answeredRun(WORKSPACE, await runFacts(WORKSPACE, record), bytes);
}

/** As the shell prints. */
async function printed(
  record: RunRecord,
  bytes?: number,
): Promise<Record<string, unknown>> {
  const facts = await runFacts(WORKSPACE, record);
  return await briefRun(WORKSPACE, facts, SHELL_FORM, bytes);
}

Deno.test("briefRun() leaves out what is empty", async () => {
  assertEquals(await answered(finishedRecord()), {
    run_id: "20260102-030405-a1b2",
    title: "Fix the tax",
    status: "finished",
    goal_met: true,
    summary: "It is fixed",
    project: "shop",
    profile: "spark",
    duration: "10s",
  });
});

Deno.test("briefRun() keeps within its bytes whatever a worker writes, and says that it cut", async () => {
  for (const text of LONG) {
    const record = finishedRecord({ title: "🦕".repeat(30) }, {
      result: {
        goal_met: false,
        summary: text,
        followup_prompt: text,
        notes: text,
      },
      failure: { class: "other", message: text, remedy: text },
      reason: text,
    });
    for (const runs of [1, 2, 10]) {
      const most = bytesForEach(runs);
      const brief = await answered(record, most);
      assert(bytesOf(brief) <= most, `${bytesOf(brief)} of ${most}`);
      assertEquals(brief.cut, true);
      assert(brief.summary, `a summary of ${runs}`);
      assert(JSON.stringify(brief).isWellFormed());
      const shell = await printed(record, 2 * most);
      const bytes = new TextEncoder().encode(JSON.stringify(shell, null, 2));
      assert(bytes.length <= 2 * most, `${bytes.length} of ${2 * most}`);
      assert(`${shell["shortened"]}`.includes("summary"));
      assertEquals(shell["full"], `agentctl show ${record.run_id} --full`);
    }
    const running = await answered(runningRecord({ activity: text }));
    assert(bytesOf(running) <= BRIEF_BYTES);
  }
});

Deno.test("briefRun() lets least important fields go first, and says so of words", async () => {
  const record = finishedRecord({}, {
    result: {
      goal_met: false,
      summary: "half of it ".repeat(20),
      followup_prompt: "the other half",
      notes: "a note",
    },
  });
  const brief = await printed(record, 600);
  assertEquals(["summary" in brief, "files" in brief, "notes" in brief], [
    ...[true, false, false],
  ]);
  assert(`${brief["shortened"]}`.includes("notes"));
});

Deno.test("briefRun() says of a check that it failed", async () => {
  const record = finishedRecord({}, { verified: false });
  const briefs = [await answered(record), await printed(record)];
  assertEquals(briefs.map((brief) => [brief.goal_met, brief["verified"]]), [
    [false, false],
    [false, false],
  ]);
});

Deno.test("briefRun() gives the words as they are, in JSON", async () => {
  const summary = "one\n\x1b[31mtwo\x1b[0m";
  const record = finishedRecord({}, {
    result: { goal_met: true, summary, followup_prompt: "", notes: "" },
  });
  assertEquals((await answered(record)).summary, summary);
  assertEquals((await printed(record))["summary"], summary);
});

Deno.test("bytesForEach() lets ten runs fit into 4 KB, and one into 2", () => {
  assert(bytesForEach(1) < 2_000);
  assert(10 * bytesForEach(10) < 3_500);
});

Deno.test("BriefRun names no key that is not filled", async () => {
  const ended = await answered(
    finishedRecord(
      { activity: null },
      {
        result: {
          goal_met: false,
          summary: "s".repeat(5_000),
          followup_prompt: "f",
          notes: "n",
        },
        failure: { class: "c", message: "m", remedy: "r" },
        diff: null,
      } as Parameters<typeof finishedRecord>[1],
    ),
  );
  const other = await answered({
    ...finishedRecord({}, {
      result: { goal_met: false, summary: "", followup_prompt: "", notes: "" },
    }),
    labels: ["tax"],
    warnings: ["It was quiet for long"],
    verified: true,
    worktree: {
      repository: "/src/shop",
      path: "/home/me/.ai-orch/worktrees/shop-0a1b2c3d/x",
      branch: "agentctl/x",
      base_commit: "a",
      commit: "b",
      setup: null,
    },
    overlaps: [OVERLAP],
    self_running: [".envrc"],
    hidden_files: ["sub/"],
    left_out: ["model.bin"],
    huge: { files: 1, bytes: 2, largest: [{ path: "a", bytes: 2 }] },
    git_diff_stat: " a | 1 +\n 1 file changed, 1 insertion(+)\n",
  });
  const record = runningRecord();
  const second = runningRecord({ chain: { ...record.chain, attempt: 2 } });
  const { started_at: _, ...waiting } = second;
  const live = [
    await answered(second),
    await answered(runningRecord({ waiting_for: question() })),
    await answered({ ...waiting, status: "queued", held: true }),
  ];
  const elsewhere = await answered(
    runningRecord({ host: { name: "build-2", boot: "b", machine: "m" } }),
  );
  const followed = await answered({
    ...finishedRecord(),
    next_run_id: "20260102-030406-a1b2",
  });
  const unmerged = await digestedRuns(WORKSPACE, [
    {
      ...await runFacts(WORKSPACE, finishedRecord()),
      mergeable: "agentctl/x",
    },
    await runFacts(WORKSPACE, finishedRecord()),
  ]);
  // What is left out of a line is not silently left out.
  const [warned] = await digestedRuns(WORKSPACE, [
    await runFacts(WORKSPACE, {
      ...finishedRecord(),
      warnings: ["It was quiet for long"],
    }),
    await runFacts(WORKSPACE, finishedRecord()),
  ]);
  assertEquals([warned?.cut, warned?.warnings], [true, undefined]);
  const filled = new Set(
    [ended, other, ...live, elsewhere, followed, ...unmerged]
      .flatMap(Object.keys),
  );
  assertEquals([...filled].sort(), Object.keys(BriefRun.shape).sort());
  assertEquals(other.changes, "1 file changed, 1 insertion(+)");
  assertEquals([other.branch, other.overlaps, other.worktree_state], [
    "agentctl/x",
    [OVERLAP],
    { state: "kept", commit: "b" },
  ]);
});
