import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { EndingCause } from "../../src/supervisor/ending.ts";
import type { TurnEnd } from "../../src/transport/turn.ts";
import {
  judge,
  judgeVerified,
  resultOf,
} from "../../src/supervisor/verdict.ts";

const endedAt = new Date("2026-01-02T03:04:05Z");
const MET = '{"goal_met":true,"summary":"s","followup_prompt":"","notes":""}';
const UNMET = MET.replace("true", "false");
const STOPPED: EndingCause = {
  status: "stopped",
  reason: "Enough",
  firstSignal: "SIGINT",
};
const TIMED_OUT: EndingCause = { ...STOPPED, status: "timed_out" };

function turn(change: Partial<TurnEnd> = {}): TurnEnd {
  return {
    exitCode: 0,
    signal: null,
    endedBy: [],
    stderrTail: "",
    errors: [],
    turnStarted: true,
    turnCompleted: true,
    didWork: true,
    lastMessage: MET,
    ...change,
  };
}

const interrupted = {
  exitCode: 143,
  signal: "SIGTERM",
  turnCompleted: false,
} as const;
const refused = {
  exitCode: 2,
  turnStarted: false,
  turnCompleted: false,
  didWork: false,
  lastMessage: null,
} as const;

/** How the turn ended, what ended it from outside, and what comes of it. */
const TABLE: [string, Partial<TurnEnd>, EndingCause | null, unknown[]][] = [
  ["a good end", {}, null, ["finished", true, "valid", null]],
  ["an unmet goal", { lastMessage: UNMET }, null, [
    "finished",
    false,
    "valid",
    null,
  ]],
  // It was done before anybody could stop it.
  ["a good end while being stopped", {}, STOPPED, [
    "finished",
    true,
    "valid",
    null,
  ]],
  ["text instead of a result", { lastMessage: "Done!" }, null, [
    "finished",
    undefined,
    "invalid",
    "result_invalid",
  ]],
  ["no message at all", { lastMessage: null }, null, [
    "finished",
    undefined,
    "missing",
    "result_invalid",
  ]],
  ["text while being stopped", { lastMessage: "Done!" }, STOPPED, [
    "stopped",
    undefined,
    "invalid",
    null,
  ]],
  // What looks like a result does not count before the turn is over.
  ["a stop in the middle", interrupted, STOPPED, [
    "stopped",
    undefined,
    "missing",
    null,
  ]],
  ["the time limit", interrupted, TIMED_OUT, [
    "timed_out",
    undefined,
    "missing",
    null,
  ]],
  ["a kill by somebody else", { ...interrupted, signal: "SIGKILL" }, null, [
    "failed",
    undefined,
    "missing",
    "killed",
  ]],
  [
    "a failed turn after work",
    {
      exitCode: 1,
      turnCompleted: false,
      errors: ["The model is gone"],
    },
    null,
    ["finished", undefined, "missing", "*"],
  ],
  ["a refused flag", { ...refused, stderrTail: "error: bad flag" }, null, [
    "failed",
    undefined,
    "missing",
    "*",
  ]],
];

for (const [name, change, cause, expected] of TABLE) {
  Deno.test(`judge() of ${name}`, () => {
    const end = turn(change);
    const parsed = resultOf(end, end.lastMessage);
    const verdict = judge(end, parsed, { cause, repaired: false, endedAt });
    const failure = verdict.failure?.class ?? null;
    assertEquals(
      [
        verdict.status,
        verdict.result?.goal_met,
        verdict.resultState,
        expected[3] === "*" && failure !== null ? "*" : failure,
      ],
      expected,
    );
    assert(verdict.reason.length > 0 && !verdict.reason.includes("\n"));
    if (cause && verdict.status === cause.status) {
      assertEquals(verdict.reason, cause.reason);
    }
    assertEquals([verdict.exitCode, verdict.signal], [
      end.exitCode,
      end.signal,
    ]);
  });
}

Deno.test("judge() tells of a result that was repaired, and gives Codex's own words for a failure", () => {
  const options = { cause: null, endedAt };
  const repaired = judge(turn(), resultOf(turn(), MET), {
    ...options,
    repaired: true,
  });
  assertEquals(repaired.resultState, "repaired");
  const end = turn({
    ...refused,
    errors: ["Your model has left the building"],
  });
  const verdict = judge(end, resultOf(end, null), {
    ...options,
    repaired: false,
  });
  assertStringIncludes(verdict.reason, "Your model has left the building");
});

Deno.test("judge() tells a refused login from one that was replaced meanwhile", () => {
  const end = turn({
    ...refused,
    errors: ["unexpected status 401 Unauthorized: Missing bearer"],
  });
  const classOf = (accountChanged: boolean) =>
    judge(end, resultOf(end, null), {
      cause: null,
      repaired: false,
      endedAt,
      accountChanged,
    }).failure?.class;
  assertEquals(
    [classOf(false), classOf(true)],
    ["not_logged_in", "account_changed"],
  );
});

Deno.test("judgeVerified() lets the check decide, and asks to mend what it found", () => {
  const end = judge(turn(), resultOf(turn(), MET), {
    cause: null,
    repaired: false,
    endedAt,
  });
  const good = { passed: true, outcome: "exit code 0", tail: "" };
  assertEquals(judgeVerified(end, "npm test", good).verified, true);
  const bad = judgeVerified(end, "npm test", {
    passed: false,
    outcome: "exit code 1",
    tail: "2 tests failed\n",
  });
  assertEquals(bad.verified, false);
  for (const word of ["npm test", "exit code 1", "2 tests failed"]) {
    assertStringIncludes(bad.result?.followup_prompt ?? "", word);
  }
});
