import type { CodexEvent, CodexItem } from "../codex/events.ts";
import { drawCommand, drawCommandEnd } from "./draw_command.ts";
import { drawHeader, type TranscriptHeader } from "./draw_header.ts";
import { drawFileChange, drawTodoList } from "./draw_list.ts";
import {
  type Canvas,
  drawMarked,
  drawMessage,
  drawOneLine,
  drawPrompt,
  drawReasoning,
} from "./draw_text.ts";
import { drawResult, type TranscriptEnd } from "./result_box.ts";
import { oneLine } from "../text/sanitize.ts";
import { innerCommand } from "../text/shell_command.ts";
import { drawStatus, eraseStatus, type LiveStatus } from "./status_line.ts";
import type { Style } from "./style.ts";
import { looksLikeAnswer, unknownEventName } from "./worker_text.ts";

export type { LiveStatus, TranscriptEnd, TranscriptHeader };

/** What a transcript needs from outside. */
export interface TranscriptOptions {
  /** Takes the text of one change of the screen, line breaks and escapes included. */
  write: (text: string) => void;
  /** The columns of the terminal, asked before every change because panes are resized. */
  width: () => number;
  style: Style;
  /** Milliseconds of a clock, for the durations of commands. */
  now: () => number;
}

/** What the pane of a worker shows. Nothing that a model or a tool wrote reaches the terminal unsanitized. */
export interface Transcript {
  header(header: TranscriptHeader): void;
  /** The first lines of the prompt. */
  prompt(text: string): void;
  /** A message to the worker during the run: who sent it, and its first lines. */
  said(who: string, text: string): void;
  event(event: CodexEvent): void;
  /** The result; it also ends the live line. */
  footer(end: TranscriptEnd): void;
  /** A live line at the bottom, for terminals only: it makes way for other output and returns after it. */
  status(status: LiveStatus): void;
  /** Erases the live line. */
  clearStatus(): void;
  /** A remark by agentctl itself. */
  note(text: string): void;
  /** What the worker asks, and how to answer. */
  asked(lines: readonly string[]): void;
}

type Command = Extract<CodexItem, { type: "command_execution" }>;
type DropFirst<T extends unknown[]> = T extends [unknown, ...infer Rest] ? Rest
  : never;
type TodoList = Extract<CodexItem, { type: "todo_list" }>;

const NARROWEST = 20;
const PROMPT_LINES = 8;

/** Makes the transcript of one run, which remembers only what the next lines depend on. */
export function makeTranscript(options: TranscriptOptions): Transcript {
  const { style } = options;
  let cwd = "";
  let lastBlock = "";
  let live: { status: LiveStatus; columns: number } | undefined;
  // The command whose `$` line is the last thing on the screen.
  let openCommand: string | undefined;
  const startedAt = new Map<string, number>();
  let shownTodos = "";
  let shownMessage: string | undefined;
  // What looks like the final answer is held back for the footer, which shows it readably.
  let answer: { summary: string } | undefined;

  const width = () => Math.max(NARROWEST, options.width() || 80);
  const canvas = (): Canvas => ({ width: width() - 1, style, cwd });
  const erase = () => live ? eraseStatus(live.columns, width()) : "";

  function drawLive(status: LiveStatus): string {
    const { text, columns } = drawStatus(status, width(), style);
    live = { status, columns };
    return "\n" + text;
  }

  /** Blocks of the same name follow each other without an empty line; one without a name has empty lines around it. */
  function show(block: string, lines: string[]): void {
    if (lines.length === 0) return;
    const gap = lastBlock === "" || lastBlock === block ? "" : "\n";
    const text = erase() + gap + lines.join("\n") + "\n";
    lastBlock = block;
    openCommand = undefined;
    options.write(text + (live ? drawLive(live.status) : ""));
  }

  function showAlone(block: string, lines: string[]): void {
    if (lastBlock === block) lastBlock += " above";
    show(block, lines);
  }

  const showLine = (
    block: string,
    ...line: DropFirst<Parameters<typeof drawOneLine>>
  ) => show(block, drawOneLine(canvas(), ...line));

  const showMarked = (
    block: string,
    ...text: DropFirst<Parameters<typeof drawMarked>>
  ) => show(block, drawMarked(canvas(), ...text));

  function showHeldAnswer(): void {
    if (!answer) return;
    const { summary } = answer;
    answer = undefined;
    showAlone("message", drawMessage(canvas(), summary));
  }

  function message(text: string): void {
    // A retried stream repeats it.
    if (text.trim() === "" || text === shownMessage) return;
    shownMessage = text;
    answer = looksLikeAnswer(text);
    if (!answer) showAlone("message", drawMessage(canvas(), text));
  }

  function commandStarted(item: Command): void {
    startedAt.set(item.id, options.now());
    showAlone("command", drawCommand(canvas(), item.command));
    openCommand = item.id;
  }

  function commandEnded(item: Command): void {
    const started = startedAt.get(item.id);
    startedAt.delete(item.id);
    if (started === undefined) {
      showAlone("command", drawCommand(canvas(), item.command));
    } else if (openCommand !== item.id) {
      const again = drawOneLine(
        canvas(),
        "$",
        innerCommand(item.command),
        style.plain,
      );
      showAlone("command", again.map(style.dim));
    }
    show(
      "command",
      drawCommandEnd(canvas(), {
        output: item.aggregated_output,
        exitCode: item.exit_code,
        durationMs: started === undefined
          ? undefined
          : Math.max(0, options.now() - started),
        status: item.status,
      }),
    );
  }

  function todos(item: TodoList): void {
    const list = JSON.stringify(item.items);
    if (list === shownTodos) return;
    shownTodos = list;
    showAlone("todos", drawTodoList(canvas(), item.items));
  }

  function itemEnded(item: CodexItem): void {
    switch (item.type) {
      case "agent_message":
        return message(item.text);
      case "reasoning":
        return show("reasoning", drawReasoning(canvas(), item.text));
      case "command_execution":
        return commandEnded(item);
      case "file_change":
        return show(
          "files",
          drawFileChange(canvas(), item.changes, item.status === "failed"),
        );
      case "mcp_tool_call": {
        const failed = item.error !== null || item.status === "failed";
        const paint = failed ? style.bad : style.accent;
        const details = item.error?.message ??
          JSON.stringify(item.arguments ?? {});
        const name = `${item.server}.${item.tool}`;
        return showLine("tools", "⚙", name, paint, details);
      }
      case "web_search":
        return showLine("tools", "⌕", item.query || "web search", style.accent);
      case "collab_tool_call": {
        const name = item.tool || "agents";
        return showLine("tools", "⇄", name, style.accent, item.status);
      }
      case "todo_list":
        return todos(item);
      case "error":
        return showMarked("warnings", "!", item.message, {
          markPaint: style.warn,
          maxLines: 6,
        });
    }
  }

  function error(text: string): void {
    if (/^(?:Reconnecting|Retrying)/i.test(text)) {
      return show(
        "reconnecting",
        drawOneLine(canvas(), "↻", text, style.warn).map(style.dim),
      );
    }
    showMarked("errors", "✗", text, { markPaint: style.bad, maxLines: 12 });
  }

  function event(event: CodexEvent): void {
    switch (event.type) {
      case "item.started":
      case "item.updated":
        showHeldAnswer();
        if (event.item.type === "todo_list") todos(event.item);
        else if (
          event.type === "item.started" &&
          event.item.type === "command_execution"
        ) {
          commandStarted(event.item);
        }
        return;
      case "item.completed":
        showHeldAnswer();
        return itemEnded(event.item);
      case "error":
        return error(event.message);
      case "turn.failed":
        return error(event.error.message || "The turn failed");
      case "unknown": {
        const name = oneLine(unknownEventName(event.raw), canvas().width - 2);
        if (name !== "") show("unknown", [style.dim(`· ${name}`)]);
      }
    }
  }

  function clearStatus(): void {
    if (!live) return;
    options.write(erase());
    live = undefined;
  }

  return {
    header(header) {
      cwd = header.cwd;
      show("header", drawHeader(canvas(), header));
    },
    prompt: (text) => show("prompt", drawPrompt(canvas(), text, PROMPT_LINES)),
    said(who, text) {
      showHeldAnswer();
      // The worker may well give the same answer again.
      shownMessage = undefined;
      showAlone("prompt", [
        ...drawOneLine(canvas(), "✉", who, style.accent),
        ...drawPrompt(canvas(), text, PROMPT_LINES),
      ]);
    },
    event,
    footer(end) {
      clearStatus();
      if (!end.summary) showHeldAnswer();
      answer = undefined;
      show("footer", drawResult(canvas(), end));
    },
    status: (status) => options.write(erase() + drawLive(status)),
    clearStatus,
    note: (text) =>
      showMarked("note", "·", text, { paint: style.dim, maxLines: 6 }),
    asked: (lines) =>
      showMarked("note", "?", lines.join("\n"), {
        paint: style.warn,
        maxLines: 40,
      }),
  };
}
