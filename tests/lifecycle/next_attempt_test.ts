import { assert, assertEquals } from "@std/assert";
import {
  nextAttempt,
  pauseMs,
  retryDelayMs,
} from "../../src/lifecycle/next_attempt.ts";
import type { RunEnd } from "../../src/run/end.ts";
import { type RunChain, SINGLE_ATTEMPT } from "../../src/run/record.ts";
import { finishedRecord } from "../run/sample_record.ts";

const NOT_MET = {
  goal_met: false,
  summary: "No",
  followup_prompt: "",
  notes: "",
};

function ended(chain: Partial<RunChain>, end: Partial<RunEnd> = {}) {
  return finishedRecord(
    {
      chain: { ...SINGLE_ATTEMPT, max_attempts: 5, ...chain },
      thread_id: "thread-1",
      usage: {
        input_tokens: 700,
        cached_input_tokens: 0,
        output_tokens: 300,
        reasoning_output_tokens: 0,
      },
    },
    end,
  );
}

const failure = (name: string) => ({ class: name, message: "", remedy: "" });

Deno.test("nextAttempt() hands a goal that is not met to the next profile, with what was spent", () => {
  const record = ended({ escalate: ["deep", "max"] }, { result: NOT_MET });
  assertEquals(nextAttempt(record), {
    cause: "escalation",
    profile: "deep",
    continues: false,
    chain: {
      ...SINGLE_ATTEMPT,
      attempt: 2,
      cause: "escalation",
      escalate: ["max"],
      max_attempts: 5,
      spent_ms: record.duration_ms,
      spent_tokens: 1_000,
      since: record.created_at,
    },
  });
});

Deno.test("nextAttempt() tries again what may pass, and goes on where something was done", () => {
  for (const name of ["network", "model_error", "killed"]) {
    const next = nextAttempt(
      ended({ retries: 2 }, {
        result: undefined,
        failure: failure(name),
      }),
    );
    assertEquals(
      [next?.cause, next?.continues, next?.chain.retries],
      ["retry", true, 1],
      name,
    );
  }
  const fresh = nextAttempt(
    ended({ retries: 1 }, {
      status: "failed",
      result: undefined,
      failure: failure("network"),
    }),
  );
  assertEquals([fresh?.cause, fresh?.continues], ["retry", false]);
});

Deno.test("nextAttempt() tries again by itself, twice, what another process may have healed", () => {
  const end = (name: string, status: RunEnd["status"] = "failed") => ({
    status,
    result: undefined,
    failure: failure(name),
  });
  for (const name of ["busy", "account_changed", "network"]) {
    const next = nextAttempt(ended({}, end(name)));
    assertEquals(
      [next?.cause, next?.continues, next?.chain.healings, next?.chain.attempt],
      ["retry", false, 1, 2],
      name,
    );
    const pause = pauseMs(SINGLE_ATTEMPT, next?.chain ?? SINGLE_ATTEMPT);
    assert(pause >= 6_000 && pause <= 8_000, `${pause}`);
    assertEquals(nextAttempt(ended({ healings: 2 }, end(name))), null, name);
    assertEquals(nextAttempt(ended({ max_attempts: 1 }, end(name))), null);
    // What was asked for is all.
    const asked = nextAttempt(ended({ retries: 1 }, end(name)))?.chain;
    assertEquals([asked?.retries, asked?.healings], [0, 0], name);
    assertEquals(nextAttempt(ended(asked ?? {}, end(name))), null, name);
  }
  // In the middle of the work Codex itself has tried again for a while.
  assertEquals(nextAttempt(ended({}, end("network", "finished"))), null);
  const next = nextAttempt(ended({}, end("account_changed", "finished")));
  assertEquals(next?.continues, true);
  assertEquals(nextAttempt(ended({}, end("not_logged_in"))), null);
});

Deno.test("nextAttempt() waits for a limit without using up an attempt, but not forever", () => {
  const limited = { result: undefined, failure: failure("usage_limit") };
  const next = nextAttempt(ended({ max_attempts: 1 }, limited));
  assertEquals(
    [next?.cause, next?.chain.attempt, next?.chain.limits],
    ["limit", 1, 1],
  );
  // Codex names no time: it may be one that only money ends.
  assert(nextAttempt(ended({ limits: 2 }, limited)));
  assertEquals(nextAttempt(ended({ limits: 3 }, limited)), null);
  const resets_at = "2026-01-02T05:00:00Z";
  const timed = {
    result: undefined,
    failure: { ...failure("usage_limit"), resets_at },
  };
  assert(nextAttempt(ended({ limits: 9 }, timed)));
  assertEquals(nextAttempt(ended({ limits: 10 }, timed)), null);
});

Deno.test("nextAttempt() ends a chain that is good, stopped, or has used up what it may", () => {
  const bad = { result: NOT_MET };
  const cases: [string, Partial<RunChain>, Partial<RunEnd>][] = [
    ["good", { escalate: ["deep"] }, {}],
    ["stopped", { escalate: ["deep"] }, { ...bad, status: "stopped" }],
    ["nobody left", {}, bad],
    ["attempts", { escalate: ["deep"], attempt: 3, max_attempts: 3 }, bad],
    ["time", { escalate: ["deep"], max_ms: 10_000, spent_ms: 5_000 }, bad],
    [
      "tokens",
      { escalate: ["deep"], max_tokens: 1_500, spent_tokens: 500 },
      bad,
    ],
    [
      "a failure that stays",
      { retries: 3 },
      { status: "failed", result: undefined, failure: failure("bad_profile") },
    ],
    [
      "no work was done",
      { escalate: ["deep"] },
      { status: "failed", result: undefined, failure: failure("no_turn") },
    ],
    [
      "no retry left",
      {},
      { result: undefined, failure: failure("network") },
    ],
  ];
  for (const [why, chain, end] of cases) {
    assertEquals(nextAttempt(ended(chain, end)), null, why);
  }
});

Deno.test("retryDelayMs() grows, and never beyond its cap", () => {
  for (const [attempt, longest] of [[2, 2_000], [4, 8_000], [50, 300_000]]) {
    const delay = retryDelayMs(attempt ?? 0);
    assert(delay <= (longest ?? 0) && delay >= (longest ?? 0) * 0.75);
  }
});
