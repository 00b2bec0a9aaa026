import { assertEquals } from "@std/assert";
import { parseEvent } from "../../src/codex/events.ts";
import { progressOf } from "../../src/supervisor/progress.ts";

const NOW = new Date("2026-01-02T03:04:05Z");
const USAGE = {
  input_tokens: 100,
  cached_input_tokens: 20,
  output_tokens: 30,
  reasoning_output_tokens: 5,
};

const UNCOUNTED = { before: null, counted: null };

function progress(event: object, before: typeof USAGE | null = null) {
  const counts = { before, counted: null };
  return progressOf(parseEvent(JSON.stringify(event)), counts, NOW);
}

Deno.test("progressOf() dates every event, also an unknown one", () => {
  const last_activity_at = NOW.toISOString();
  assertEquals(progress({ type: "thread.started", thread_id: "t" }), {
    last_activity_at,
    thread_id: "t",
  });
  assertEquals(progress({ type: "turn.pondered" }), { last_activity_at });
  assertEquals(progressOf(parseEvent("no JSON"), UNCOUNTED, NOW), {
    last_activity_at,
  });
});

Deno.test("progressOf() tells in one short line what the worker does", () => {
  const item = (item: object) =>
    progress({ type: "item.started", item: { id: "1", ...item } }).activity;
  assertEquals(
    item({
      type: "command_execution",
      command: "/bin/bash -lc 'npm test'",
      aggregated_output: "",
      exit_code: null,
      status: "in_progress",
    }),
    "runs npm test",
  );
  assertEquals(
    item({
      type: "file_change",
      changes: [{ path: "a.ts", kind: "add" }, {
        path: "b.ts",
        kind: "update",
      }],
      status: "in_progress",
    }),
    "edits a.ts, b.ts",
  );
  assertEquals(item({ type: "web_search", query: "tax" }), "searches tax");
  // What it was doing before still stands.
  assertEquals(item({ type: "never_seen_before" }), undefined);
  const long = item({
    type: "web_search",
    query: `\x1b[31mred\x1b[0m\n${"x".repeat(500)}`,
  }) ?? "";
  assertEquals(long.includes("\x1b") || long.includes("\n"), false);
  assertEquals(long.length <= 120, true);
});

Deno.test("progressOf() counts the tokens of the run and not those of the thread before it", () => {
  const event = { type: "turn.completed", usage: USAGE };
  assertEquals(progress(event).usage, USAGE);
  const before = {
    input_tokens: 60,
    cached_input_tokens: 20,
    output_tokens: 10,
    reasoning_output_tokens: 0,
  };
  const change = progress(event, before);
  assertEquals(change.usage, {
    input_tokens: 40,
    cached_input_tokens: 0,
    output_tokens: 20,
    reasoning_output_tokens: 5,
  });
  assertEquals(change.thread_usage, USAGE);
});
