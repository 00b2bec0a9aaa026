import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import {
  EMPTY_ROLLOUT,
  findRollout,
  foldRollout,
  type RolloutState,
} from "../../src/codex/rollout.ts";

const THREAD = "01a214b8-f737-7bb3-926c-af54898a39c4";

function counts(input: number) {
  return {
    input_tokens: input,
    cached_input_tokens: input / 10,
    cache_write_input_tokens: 0,
    output_tokens: input / 100,
    reasoning_output_tokens: input / 1000,
  };
}

function line(type: string, payload: unknown): string {
  return JSON.stringify({
    timestamp: "2026-11-25T21:59:56.107Z",
    ordinal: 11,
    type,
    payload,
  });
}

/** As Codex 0.169 writes it when an answer of the model is there. */
function usageRecord(thread: number): string {
  const total_tokens = 0;
  return line("token_usage_record", {
    thread_id: THREAD,
    response_id: "resp_2",
    usage: { ...counts(1000), total_tokens },
    turn_token_usage: { ...counts(2000), total_tokens },
    thread_token_usage: { ...counts(thread), total_tokens },
  });
}

/** As Codex 0.169 writes it when the tools of the answer have ended. */
function tokenCount(
  total: number,
  limits: Record<string, unknown> = { primary: null, secondary: null },
): string {
  return line("event_msg", {
    type: "token_count",
    info: {
      total_token_usage: { ...counts(total), total_tokens: 0 },
      last_token_usage: { ...counts(1000), total_tokens: 0 },
      model_context_window: 258400,
    },
    rate_limits: { limit_id: "codex", ...limits },
  });
}

function message(role: string, text: string): string {
  const type = role === "assistant" ? "output_text" : "input_text";
  return line("response_item", {
    type: "message",
    role,
    content: [{ type, text }],
  });
}

function fold(...lines: string[]): RolloutState {
  return lines.reduce(foldRollout, EMPTY_ROLLOUT);
}

Deno.test("foldRollout() has the tokens of the whole thread from either line that tells them", () => {
  assertEquals(fold(usageRecord(3000)).usage, counts(3000));
  assertEquals(fold(tokenCount(4000)).usage, counts(4000));
  assertEquals(
    fold(usageRecord(3000), tokenCount(3000), usageRecord(8000)).usage,
    counts(8000),
  );
});

Deno.test("foldRollout() keeps what the model said last, until it begins something else", () => {
  const said = fold(
    message("user", "Do it"),
    message("assistant", "Done"),
    usageRecord(1000),
    line("event_msg", { type: "item_completed" }),
  );
  assertEquals(said.lastMessage, "Done");
  const call = line("response_item", {
    type: "function_call",
    name: "exec_command",
    arguments: "{}",
    call_id: "c",
  });
  assertEquals(foldRollout(said, call).lastMessage, null);
  assertEquals(
    foldRollout(said, message("user", "And now?")).lastMessage,
    null,
  );
});

Deno.test("foldRollout() has the account limits as they were told last, each window by itself", () => {
  const primary = { used_percent: 100, window_minutes: 300, resets_at: 1e9 };
  const told = fold(tokenCount(1000, { primary, secondary: { resets_at: 1 } }));
  const first = { limit: "codex", place: "primary" as const, ...primary };
  assertEquals(told.limits, [first]);
  assertEquals(foldRollout(told, tokenCount(2000)).limits, [first]);
  const secondary = { used_percent: 4.5 };
  const other = { limit_id: "codex_other", primary: null, secondary };
  assertEquals(foldRollout(told, tokenCount(2000, other)).limits, [first, {
    limit: "codex_other",
    place: "secondary",
    used_percent: 4.5,
    window_minutes: null,
    resets_at: null,
  }]);
  // Before the first answer nothing is counted.
  const begin = line("event_msg", {
    type: "token_count",
    info: null,
    rate_limits: { primary: null, secondary: primary },
  });
  assertEquals(fold(begin).usage, null);
  assertEquals(fold(begin).limits.length, 1);
});

Deno.test("foldRollout() passes over whatever it does not know", () => {
  const known = fold(message("assistant", "Done"), usageRecord(1000));
  for (
    const strange of [
      "",
      "no JSON",
      "null",
      "[]",
      '{"type":"token_usage_record"',
      line("world_state", { state: {} }),
      line("event_msg", { type: "token_count", info: null }),
      line("event_msg", { type: "token_count", rate_limits: "many" }),
      line("event_msg", {
        type: "token_count",
        info: { total_token_usage: {} },
      }),
      line("token_usage_record", {
        thread_token_usage: { input_tokens: "many", output_tokens: 1 },
      }),
      line("token_usage_record", { usage: counts(5000) }),
      `${" ".repeat(1_000_001)}${usageRecord(9000)}`,
    ]
  ) {
    assertEquals(foldRollout(known, strange), known, strange.slice(0, 200));
  }
});

Deno.test("findRollout() finds the file of a thread on the day that its id tells, or the one beside it", async () => {
  const home = await Deno.makeTempDir();
  const env = { CODEX_HOME: home };
  try {
    assertEquals(await findRollout(env, THREAD), null);
    for (const day of ["2026/11/24", "2026/11/25", "2026/11/26"]) {
      const path = join(
        home,
        "sessions",
        day,
        `rollout-2026-11-25T21-59-55-${THREAD}.jsonl`,
      );
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeTextFile(join(dirname(path), "rollout-other.jsonl"), "");
      await Deno.writeTextFile(path, "");
      assertEquals(await findRollout(env, THREAD), path);
      await Deno.remove(path);
    }
    assertEquals(await findRollout(env, "../../etc"), null);
    assertEquals(await findRollout(env, crypto.randomUUID()), null);
    assertEquals(await findRollout({}, THREAD), null);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
