import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { parseEvent } from "../../src/codex/events.ts";
import { columnsOf } from "../../src/text/columns_of.ts";
import { stripControls } from "../../src/text/sanitize.ts";
import { makeStyle } from "../../src/terminal/style.ts";
import { makeTranscript } from "../../src/terminal/transcript.ts";

function recorded(options: { width?: number; color?: boolean } = {}) {
  let text = "";
  const clock = { now: 0 };
  const transcript = makeTranscript({
    write: (part) => text += part,
    width: () => options.width ?? 80,
    style: makeStyle({ color: options.color ?? false }),
    now: () => clock.now,
  });
  let items = 0;
  return {
    transcript,
    clock,
    item(item: Record<string, unknown>, phase = "completed") {
      transcript.event(
        parseEvent(
          JSON.stringify({
            type: `item.${phase}`,
            item: { id: `item_${items++}`, ...item },
          }),
        ),
      );
    },
    take() {
      const taken = text;
      text = "";
      return taken;
    },
  };
}

const command = (rest: Record<string, unknown>) => ({
  type: "command_execution",
  id: "c1",
  command: "/bin/bash -lc 'deno test'",
  aggregated_output: "",
  exit_code: null,
  status: "in_progress",
  ...rest,
});

Deno.test("makeTranscript() shows a header and the first lines of a prompt", () => {
  const { transcript, take } = recorded();
  transcript.header({
    run_id: "20251123-140502-a1b2",
    title: "fix auth",
    profile: "spark",
    model: "gpt",
    cwd: "/home/ada/shop",
    home: "/home/ada",
    codex: "0.169.0",
  });
  transcript.prompt(
    Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join("\n"),
  );
  assertEquals(
    take().split("\n").slice(0, 5),
    [
      "◆ fix auth",
      "  spark · gpt · ~/shop",
      "  20251123-140502-a1b2 · codex 0.169.0",
      "",
      "┃ line 1",
    ],
  );
  transcript.prompt("a\nb\n" + "c\n".repeat(30));
  assertStringIncludes(take(), "┃ … 24 more lines");
});

Deno.test("makeTranscript() shows a command without its shell, its last lines, exit code and duration", () => {
  const { item, clock, take } = recorded();
  item(command({}), "started");
  assertEquals(take(), "$ deno test\n");
  clock.now += 3200;
  const output = Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n`)
    .join("");
  item(command({ aggregated_output: output, exit_code: 1, status: "failed" }));
  assertEquals(
    take(),
    [
      "│ … 12 lines above",
      ...Array.from({ length: 8 }, (_, index) => `│ line ${index + 13}`),
      "└ exit 1 · 3s",
      "",
    ].join("\n"),
  );
});

Deno.test("makeTranscript() names a command again when something came between", () => {
  const { item, take } = recorded();
  item(command({}), "started");
  item({ type: "agent_message", text: "meanwhile" });
  take();
  item(command({ exit_code: 0, status: "completed" }));
  assertEquals(take(), "\n$ deno test\n└ exit 0 · 0ms\n");
});

Deno.test("makeTranscript() counts the lines of a huge output and shows only its end", () => {
  const { item, take } = recorded();
  item(
    command({
      aggregated_output: "0123456789\n".repeat(300_000) + "last\n",
      exit_code: 0,
    }),
  );
  const shown = take();
  assertStringIncludes(shown, "… 299993 lines above");
  assertStringIncludes(shown, "│ last\n");
  assert(shown.length < 1000);
});

Deno.test("makeTranscript() shows changed files relative to the folder of the worker", () => {
  const { transcript, item, take } = recorded();
  transcript.header({ run_id: "x", cwd: "/w" });
  take();
  const changes = [{ path: "/w/a.ts", kind: "add" }, {
    path: "/w/b.ts",
    kind: "update",
  }, { path: "/v/c.ts", kind: "delete" }];
  item({ type: "file_change", changes, status: "completed" });
  assertEquals(take(), "\n+ a.ts\n~ b.ts\n- /v/c.ts\n");
});

Deno.test("makeTranscript() draws a plan again only when it changed", () => {
  const { item, take } = recorded();
  const plan = (completed: boolean) => ({
    type: "todo_list",
    items: [{ text: "one", completed }, { text: "two", completed: false }],
  });
  item(plan(false), "started");
  assertEquals(take(), "☐ one\n☐ two\n");
  item(plan(false), "updated");
  assertEquals(take(), "");
  item(plan(true), "updated");
  assertEquals(take(), "\n☑ one\n☐ two\n");
});

Deno.test("makeTranscript() shows every other event on one line", () => {
  const { transcript, item, take } = recorded({ width: 60 });
  item({
    type: "mcp_tool_call",
    server: "docs",
    tool: "find",
    arguments: { q: "x" },
    status: "completed",
  });
  item({ type: "web_search", query: "deno kv" });
  item({ type: "error", message: "model unknown" });
  transcript.event(
    parseEvent('{"type":"error","message":"Reconnecting... 2/5 (gone)"}'),
  );
  transcript.event(
    parseEvent('{"type":"turn.failed","error":{"message":"quota"}}'),
  );
  transcript.event(
    parseEvent('{"type":"item.completed","item":{"type":"brand_new"}}'),
  );
  transcript.event(parseEvent("no json \x1b[31m" + "x".repeat(500)));
  const lines = take().split("\n").filter(Boolean);
  assertEquals(lines.slice(0, 6), [
    '⚙ docs.find {"q":"x"}',
    "⌕ deno kv",
    "! model unknown",
    "↻ Reconnecting... 2/5 (gone)",
    "✗ quota",
    "· brand_new",
  ]);
  assertEquals(lines.length, 7);
  assert(columnsOf(lines[6] ?? "") < 60);
});

Deno.test("makeTranscript() shows the final answer as a result and not as JSON", () => {
  const { transcript, item, take } = recorded();
  const answer = {
    goal_met: true,
    summary: "All green.",
    followup_prompt: "",
    notes: "",
  };
  item({
    type: "agent_message",
    text: "```json\n" + JSON.stringify(answer) + "\n```",
  });
  assertEquals(take(), "");
  transcript.footer({
    ...answer,
    status: "finished",
    duration_ms: 72_000,
    git_diff_stat:
      " a.ts | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n",
    usage: {
      input_tokens: 38_211,
      cached_input_tokens: 30_100,
      output_tokens: 950,
    },
  });
  assertEquals(
    take(),
    [
      "╭─ ✓ goal met · 1m12s",
      "│ All green.",
      "│",
      "│ a.ts | 2 +-",
      "│ 1 file changed, 1 insertion(+), 1 deletion(-)",
      "│",
      "│ tokens 38k in (30k cached) · 950 out",
      "╰─",
      "",
    ].join("\n"),
  );
});

Deno.test("makeTranscript() shows an answer that was not the last as a message", () => {
  const { item, take } = recorded();
  item({
    type: "agent_message",
    text: '{"goal_met":false,"summary":"Not yet."}',
  });
  item({ type: "agent_message", text: "I go on." });
  assertEquals(take(), "● Not yet.\n\n● I go on.\n");
});

Deno.test("makeTranscript() shows what is said to the worker between its answers, also if it answers the same", () => {
  const { transcript, item, take } = recorded();
  const text = JSON.stringify({ goal_met: true, summary: "Done", notes: "" });
  item({ type: "agent_message", text });
  transcript.said("Message 1, from you", "Do\nmore\u001b[31m");
  item({ type: "agent_message", text });
  transcript.said("Message 2, from you", "Stop");
  assertEquals(
    take(),
    `● Done

✉ Message 1, from you
┃ Do
┃ more

● Done

✉ Message 2, from you
┃ Stop
`,
  );
});

Deno.test("makeTranscript() says in the footer how a run ended", () => {
  const { transcript, take } = recorded();
  const title = (end: Parameters<typeof transcript.footer>[0]) => {
    transcript.footer(end);
    return take().split("\n").find((line) => line.startsWith("╭"));
  };
  assertEquals(
    title({ status: "finished", goal_met: false }),
    "╭─ ✗ goal not met",
  );
  assertEquals(
    title({
      status: "finished",
      goal_met: false,
      claimed: true,
      verified: false,
    }),
    "╭─ ✗ goal not met: the check failed",
  );
  assertEquals(
    title({ status: "finished", exit_code: 7 }),
    "╭─ ✗ no result (exit 7)",
  );
  assertEquals(title({ status: "timed_out" }), "╭─ ◷ timed out");
  assertEquals(title({ status: "stopped" }), "╭─ ■ stopped");
  assertEquals(title({ status: "lost" }), "╭─ ! lost");
});

Deno.test("makeTranscript() draws the live line below other output and erases it with the footer", () => {
  const { transcript, take } = recorded({ color: true });
  transcript.status({
    elapsed_ms: 72_300,
    tokens: 38_211,
    activity: "deno test",
  });
  const live = take();
  assertStringIncludes(live, "1m12s · 38k tokens · deno test");
  transcript.note("hello");
  assertMatch(
    stripControls(take(), { keepNewlines: true }),
    /^\n· hello\n\n. 1m12s/,
  );
  transcript.footer({ status: "lost" });
  const end = take();
  assert(end.startsWith("\r\x1b[1A\x1b[J"));
  assert(!end.includes("1m12s"));
});

Deno.test("makeTranscript() lets no escape of a model or a tool through", () => {
  const { transcript, item, take } = recorded();
  const evil = "x\x1b]52;c;AAAA\x07y\x1b[2J\x9b31m\u202ez\x07";
  transcript.header({
    run_id: evil,
    title: evil,
    cwd: evil,
    profile: evil,
    model: evil,
    codex: evil,
  });
  transcript.prompt(evil);
  transcript.note(evil);
  item({ type: "agent_message", text: evil });
  item({ type: "reasoning", text: evil });
  item(command({ command: evil }), "started");
  item(
    command({
      command: evil,
      aggregated_output: evil,
      exit_code: null,
      status: evil,
    }),
  );
  item({
    type: "file_change",
    changes: [{ path: evil, kind: "add" }],
    status: evil,
  });
  item({
    type: "mcp_tool_call",
    server: evil,
    tool: evil,
    arguments: evil,
    error: { message: evil },
    status: evil,
  });
  item({ type: "web_search", query: evil });
  item({ type: "collab_tool_call", tool: evil, status: evil });
  item({ type: "todo_list", items: [{ text: evil, completed: true }] });
  item({ type: "error", message: evil });
  transcript.event(
    parseEvent(JSON.stringify({ type: "error", message: evil })),
  );
  transcript.event(parseEvent(JSON.stringify({ type: evil })));
  transcript.event(parseEvent(evil));
  transcript.footer({
    status: evil,
    summary: evil,
    notes: evil,
    followup_prompt: evil,
    reason: evil,
    git_diff_stat: evil,
  });
  const shown = take();
  assertEquals(stripControls(shown, { keepNewlines: true }), shown);
});

Deno.test("makeTranscript() never writes a line wider than the pane", () => {
  for (const width of [20, 40, 79, 109]) {
    const { transcript, item, take } = recorded({ width });
    const long = "words and 漢字 and aVeryLongWordWithoutAnySpaces".repeat(12);
    transcript.header({
      run_id: "20251123-140502-a1b2",
      title: long,
      cwd: "/" + long,
      profile: "spark",
      model: "m",
      codex: "1",
    });
    transcript.prompt(long);
    transcript.note(long);
    item({ type: "agent_message", text: `- ${long}\n\n**${long}**` });
    item({ type: "reasoning", text: long });
    item(command({ command: long }), "started");
    item(
      command({
        command: long,
        aggregated_output: `\t${long}\n${long}`,
        exit_code: 0,
      }),
    );
    item({
      type: "file_change",
      changes: [{ path: long, kind: "add" }],
      status: "failed",
    });
    item({
      type: "mcp_tool_call",
      server: long,
      tool: long,
      arguments: long,
      status: "",
    });
    item({ type: "todo_list", items: [{ text: long, completed: true }] });
    transcript.footer({
      status: "finished",
      goal_met: true,
      summary: long,
      notes: long,
      followup_prompt: long,
      git_diff_stat: `${long} | 3 +++\n ${long}`,
      usage: {
        input_tokens: 1_234_567,
        cached_input_tokens: 1_000_000,
        output_tokens: 99_950,
      },
    });
    for (const line of take().split("\n")) {
      assert(columnsOf(line) <= width, `${width}: ${line}`);
    }
  }
});
