import { assertEquals } from "@std/assert";
import { parseEvent } from "../../src/codex/events.ts";
import { noteEvent } from "../../src/transport/turn.ts";

const message = (text: string) => ({
  type: "item.completed",
  item: { id: "1", type: "agent_message", text },
});

function fold(...events: object[]) {
  const end: Parameters<typeof noteEvent>[0] = {
    errors: [],
    turnStarted: false,
    turnCompleted: false,
    didWork: false,
    lastMessage: null,
  };
  for (const event of events) noteEvent(end, parseEvent(JSON.stringify(event)));
  return end;
}

Deno.test("noteEvent() takes the last whole message, and errors in their order", () => {
  const end = fold(
    { type: "thread.started", thread_id: "t" },
    { type: "turn.started" },
    message("first"),
    { type: "error", message: "Reconnecting... 1/5" },
    message("last"),
    {
      type: "item.started",
      item: { id: "2", type: "agent_message", text: "half" },
    },
    { type: "turn.failed", error: { message: "gone" } },
  );
  assertEquals(
    [end.lastMessage, end.errors, end.turnStarted, end.turnCompleted],
    ["last", ["Reconnecting... 1/5", "gone"], true, false],
  );
});

Deno.test("noteEvent() takes a warning for no work", () => {
  const warning = {
    type: "item.completed",
    item: { id: "1", type: "error", message: "Unknown model" },
  };
  assertEquals(fold({ type: "turn.started" }, warning).didWork, false);
  assertEquals(fold(warning, message("x")).didWork, true);
});
