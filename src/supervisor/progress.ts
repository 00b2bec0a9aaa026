import type { CodexEvent, CodexItem, Usage } from "../codex/events.ts";
import { usageSince } from "../codex/usage.ts";
import { type LiveRecord, type RunUsage, tokensOf } from "../run/record.ts";
import { oneLine } from "../text/sanitize.ts";
import { innerCommand } from "../text/shell_command.ts";

const ACTIVITY_COLUMNS = 120;

/** What Codex has counted for the thread of a run, because it counts per thread. */
export interface ThreadCounts {
  /** When the run began. */
  before: RunUsage | null;
  /** What its rollout says about the run so far; `null` if nothing. */
  counted: RunUsage | null;
}

/** What an event changes in the record of its run. */
export function progressOf(
  event: CodexEvent,
  { before, counted }: ThreadCounts,
  now: Date,
): Partial<LiveRecord> {
  const change: Partial<LiveRecord> = { last_activity_at: now.toISOString() };
  switch (event.type) {
    case "thread.started":
      return { ...change, thread_id: event.thread_id };
    case "turn.started":
      return { ...change, activity: "thinking" };
    case "turn.completed":
      if (event.usage === null) return change;
      // A Codex that was killed forgets an answer in this count, but not in its rollout (seen with 0.169).
      if (tokensOf(event.usage) < tokensOf(counted)) return change;
      return {
        ...change,
        thread_usage: publicUsage(event.usage),
        usage: publicUsage(usageSince(before, event.usage)),
      };
    case "error":
      return { ...change, activity: oneLine(event.message, ACTIVITY_COLUMNS) };
    case "item.started":
    case "item.updated":
      return {
        ...change,
        activity: oneLine(describeItem(event.item), ACTIVITY_COLUMNS),
      };
    case "item.completed":
      return { ...change, activity: "thinking" };
    default:
      return change;
  }
}

function describeItem(item: CodexItem): string {
  switch (item.type) {
    case "command_execution":
      return `runs ${innerCommand(item.command)}`;
    case "file_change":
      return `edits ${item.changes.map((change) => change.path).join(", ")}`;
    case "mcp_tool_call":
      return `calls ${item.server}.${item.tool}`;
    case "web_search":
      return `searches ${item.query}`;
    case "todo_list":
      return "plans";
    case "agent_message":
      return "writes";
    default:
      return "thinking";
  }
}

/** The counts that records have. */
export function publicUsage(usage: Usage): RunUsage {
  return {
    input_tokens: usage.input_tokens,
    cached_input_tokens: usage.cached_input_tokens,
    output_tokens: usage.output_tokens,
    reasoning_output_tokens: usage.reasoning_output_tokens,
  };
}
