import { assertEquals } from "@std/assert";
import type { CodexEvent } from "../../src/codex/events.ts";
import { makeStyle } from "../../src/terminal/style.ts";
import { makeTranscript } from "../../src/terminal/transcript.ts";
import { makeRandom, type Random } from "../chaos/random.ts";
import { harmIn, TEXTS } from "./hostile_words.ts";

Deno.test("500 hostile texts: a transcript writes its own colours and nothing else", () => {
  const random = makeRandom("transcripts");
  for (const text of TEXTS) {
    const width = random.between(20, 160);
    const colour = random.pick([true, false]);
    const drawn = drawEverything(text, width, colour, random);
    assertEquals(harmIn(drawn, { colour }), null, text.slice(0, 400));
  }
});

/** All that a pane shows of a run whose every text is the given one; the live line's own escapes are taken out. */
function drawEverything(
  text: string,
  width: number,
  color: boolean,
  random: Random,
): string {
  let drawn = "";
  const transcript = makeTranscript({
    write: (part) => drawn += part,
    width: () => width,
    style: makeStyle({ color }),
    now: () => 0,
  });
  const id = text;
  const items = [
    { id, type: "reasoning", text },
    { id, type: "agent_message", text },
    {
      id,
      type: "command_execution",
      command: `/bin/bash -lc '${text}'`,
      aggregated_output: text,
      exit_code: 0,
      status: text,
    },
    {
      id,
      type: "file_change",
      changes: [{ path: text, kind: "add" }],
      status: text,
    },
    {
      id,
      type: "mcp_tool_call",
      server: text,
      tool: text,
      arguments: { text },
      error: { message: text },
      status: text,
    },
    { id, type: "web_search", query: text },
    { id, type: "todo_list", items: [{ text, completed: true }] },
    { id, type: "collab_tool_call", tool: text, status: text },
    { id, type: "error", message: text },
  ] as const;
  transcript.header({
    run_id: text,
    title: text,
    profile: text,
    model: text,
    cwd: text,
    codex: text,
  });
  transcript.prompt(text);
  const events = [
    ...items.map((item) => ({ type: "item.started", item })),
    ...items.map((item) => ({ type: "item.completed", item })),
    { type: "error", message: text },
    { type: "turn.failed", error: { message: text } },
    {
      type: "unknown",
      raw: random.pick([text, JSON.stringify({ type: text })]),
    },
  ] as unknown as CodexEvent[];
  for (const event of events) transcript.event(event);
  transcript.note(text);
  transcript.said(text, text);
  transcript.status({ elapsed_ms: 1, tokens: 1, activity: text });
  transcript.footer({
    status: text,
    summary: text,
    followup_prompt: text,
    notes: text,
    reason: text,
    git_diff_stat: `${text} | 3 ++-\n${text}`,
  });
  // Erasing the live line is the transcript's own.
  for (let rows = 1; rows < 10; rows++) {
    drawn = drawn.replaceAll(`\r\x1b[${rows}A\x1b[J`, "");
  }
  return drawn;
}
