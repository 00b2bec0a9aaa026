import { assertEquals, assertNotEquals, assertObjectMatch } from "@std/assert";
import { type CodexEvent, parseEvent } from "../../src/codex/events.ts";

Deno.test("parseEvent() reads the events of a whole turn", () => {
  const lines: [string, CodexEvent][] = [
    ['{"type":"thread.started","thread_id":"01a2"}', {
      type: "thread.started",
      thread_id: "01a2",
    }],
    ['{"type":"turn.started"}', { type: "turn.started" }],
    [
      '{"type":"item.started","item":{"id":"item_2","type":"command_execution","command":"/bin/bash -lc ls","aggregated_output":"","exit_code":null,"status":"in_progress"}}',
      {
        type: "item.started",
        item: {
          id: "item_2",
          type: "command_execution",
          command: "/bin/bash -lc ls",
          aggregated_output: "",
          exit_code: null,
          status: "in_progress",
        },
      },
    ],
    [
      '{"type":"item.completed","item":{"id":"item_3","type":"file_change","changes":[{"path":"/p/new.txt","kind":"add"}],"status":"completed"}}',
      {
        type: "item.completed",
        item: {
          id: "item_3",
          type: "file_change",
          changes: [{ path: "/p/new.txt", kind: "add" }],
          status: "completed",
        },
      },
    ],
    [
      '{"type":"item.completed","item":{"id":"item_5","type":"agent_message","text":"done"}}',
      {
        type: "item.completed",
        item: { id: "item_5", type: "agent_message", text: "done" },
      },
    ],
    [
      '{"type":"turn.completed","usage":{"input_tokens":400,"cached_input_tokens":40,"cache_write_input_tokens":0,"output_tokens":80,"reasoning_output_tokens":20}}',
      {
        type: "turn.completed",
        usage: {
          input_tokens: 400,
          cached_input_tokens: 40,
          cache_write_input_tokens: 0,
          output_tokens: 80,
          reasoning_output_tokens: 20,
        },
      },
    ],
    ['{"type":"turn.failed","error":{"message":"no"}}', {
      type: "turn.failed",
      error: { message: "no" },
    }],
    ['{"type":"error","message":"Reconnecting... 1/5"}', {
      type: "error",
      message: "Reconnecting... 1/5",
    }],
  ];
  for (const [line, event] of lines) assertEquals(parseEvent(line), event);
});

Deno.test("parseEvent() reads every item type", () => {
  const items = [
    { type: "reasoning", text: "**Thinking**" },
    { type: "agent_message", text: "x" },
    { type: "command_execution", command: "ls" },
    { type: "file_change", changes: [] },
    { type: "mcp_tool_call", server: "s", tool: "t", arguments: { a: 1 } },
    { type: "web_search", query: "q", action: { type: "search" } },
    { type: "todo_list", items: [{ text: "a", completed: true }] },
    { type: "collab_tool_call", tool: "spawn", sender_thread_id: "x" },
    { type: "error", message: "a warning" },
  ];
  for (const item of items) {
    for (const type of ["item.started", "item.updated", "item.completed"]) {
      const line = JSON.stringify({ type, item: { id: "item_0", ...item } });
      assertObjectMatch(parseEvent(line), { type, item });
    }
  }
});

Deno.test("parseEvent() bears missing and additional fields", () => {
  assertObjectMatch(
    parseEvent('{"type":"turn.completed","usage":{"input_tokens":1,"new":2}}'),
    {
      usage: { input_tokens: 1, output_tokens: 0, cache_write_input_tokens: 0 },
    },
  );
  assertEquals(parseEvent('{"type":"turn.completed"}'), {
    type: "turn.completed",
    usage: null,
  });
  assertEquals(parseEvent('{"type":"turn.started","at":1}'), {
    type: "turn.started",
  });
  assertObjectMatch(
    parseEvent(
      '{"type":"item.started","item":{"type":"command_execution","new":[]}}',
    ),
    { item: { id: "", command: "", exit_code: null } },
  );
  assertObjectMatch(
    parseEvent(
      '{"type":"item.started","item":{"type":"file_change","changes":[{"path":"p","kind":{"type":"move"}}]}}',
    ),
    { item: { changes: [{ path: "p", kind: "update" }] } },
  );
});

Deno.test("parseEvent() keeps whatever it does not know, as it came", () => {
  const lines = [
    "",
    "not JSON",
    '{"type":"turn.comple',
    "null",
    "42",
    "[]",
    '"turn.started"',
    "{}",
    '{"type":"turn.paused","x":1}',
    '{"type":"item.completed","item":{"id":"1","type":"hologram"}}',
    '{"type":"item.completed"}',
    '{"type":"item.completed","item":{"id":"1","type":"agent_message"}}',
    '{"type":"thread.started"}',
    '{"type":"error","message":5}',
  ];
  for (const raw of lines) {
    assertEquals(parseEvent(raw), { type: "unknown", raw });
  }
});

Deno.test("parseEvent() knows all lines that Codex was recorded with", async () => {
  const folder = new URL("fixtures/", import.meta.url);
  const files = (await Array.fromAsync(Deno.readDir(folder)))
    .map(({ name }) => name).filter((name) => name.endsWith(".jsonl"));
  assertNotEquals(files, []);
  for (const file of files) {
    const text = await Deno.readTextFile(new URL(file, folder));
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const event = parseEvent(line);
      assertEquals(event.type === "unknown", false, `${file}: ${line}`);
    }
  }
});
