import { assert, assertEquals } from "@std/assert";
import {
  BriefRun,
  briefRun,
  bytesForEach,
  MOST_BYTES,
} from "../../src/mcp/brief_run.ts";
import { DEFAULT_CONFIG } from "../../src/workspace/config.ts";
import { finishedRecord, runningRecord } from "../run/sample_record.ts";

const WORKSPACE = {
  root: "/home/ada/.ai-orch",
  state: "/home/ada/.ai-orch",
  config: DEFAULT_CONFIG,
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

Deno.test("briefRun() leaves out what is empty", () => {
  assertEquals(briefRun(WORKSPACE, finishedRecord()), {
    run_id: "20260102-030405-a1b2",
    title: "Fix the tax",
    status: "finished",
    goal_met: true,
    summary: "It is fixed",
    project: "shop",
    profile: "spark",
    folder: "/home/ada/.ai-orch/runs/20260102-030405-a1b2",
    duration: "10s",
  });
});

Deno.test("briefRun() keeps within its bytes whatever a worker writes, and says that it cut", () => {
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
      const brief = briefRun(WORKSPACE, record, most);
      assert(bytesOf(brief) <= most, `${bytesOf(brief)} of ${most}`);
      assertEquals(brief.cut, true);
      assert(brief.summary, `a summary of ${runs}`);
      assert(JSON.stringify(brief).isWellFormed());
    }
    const running = briefRun(WORKSPACE, runningRecord({ activity: text }));
    assert(bytesOf(running) <= MOST_BYTES);
  }
});

Deno.test("briefRun() keeps line breaks and takes escapes of a terminal out", () => {
  const { summary } = briefRun(
    WORKSPACE,
    finishedRecord({}, {
      result: {
        goal_met: true,
        summary: "one\n\x1b[31mtwo\x1b[0m",
        followup_prompt: "",
        notes: "",
      },
    }),
  );
  assertEquals(summary, "one\ntwo");
});

Deno.test("bytesForEach() lets ten runs fit into 4 KB, and one into 2", () => {
  assert(bytesForEach(1) < 2_000);
  assert(10 * bytesForEach(10) < 3_500);
});

Deno.test("BriefRun names no key that briefRun() does not fill", () => {
  const ended = briefRun(
    WORKSPACE,
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
  const other = briefRun(WORKSPACE, {
    ...finishedRecord({}, {
      result: { goal_met: false, summary: "", followup_prompt: "", notes: "" },
    }),
    verified: true,
    worktree: {
      repository: "/src/shop",
      path: "/home/me/.ai-orch/worktrees/shop-0a1b2c3d/x",
      branch: "agentctl/x",
      base_commit: "a",
      commit: "b",
      setup: null,
    },
    overlaps: [{ run_id: "other", files: ["a"] }],
    git_diff_stat: " a | 1 +\n 1 file changed, 1 insertion(+)\n",
  });
  const record = runningRecord();
  const second = runningRecord({ chain: { ...record.chain, attempt: 2 } });
  const live = briefRun(WORKSPACE, second, MOST_BYTES, "for a slot");
  const followed = briefRun(WORKSPACE, {
    ...finishedRecord(),
    next_run_id: "20260102-030406-a1b2",
  });
  const filled = new Set([ended, other, live, followed].flatMap(Object.keys));
  assertEquals([...filled].sort(), Object.keys(BriefRun.shape).sort());
  assertEquals(other.changes, "1 file changed, 1 insertion(+)");
  assertEquals([other.branch, other.overlaps], ["agentctl/x", ["other"]]);
});
