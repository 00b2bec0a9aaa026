import * as z from "zod/mini";
import { parseJson } from "../text/parse_json.ts";

const text = z._default(z.string(), "");
const count = z._default(z.number(), 0);
const nullable = <T extends z.ZodMiniType>(type: T) =>
  z._default(z.nullable(type), null);

/** Tokens, counted for the whole thread. */
export const Usage = z.object({
  input_tokens: count,
  cached_input_tokens: count,
  /** Not counted by Codex before 0.147. */
  cache_write_input_tokens: count,
  output_tokens: count,
  reasoning_output_tokens: count,
});

const id = text;

const Item = z.discriminatedUnion("type", [
  z.object({ id, type: z.literal("reasoning"), text }),
  z.object({ id, type: z.literal("agent_message"), text: z.string() }),
  z.object({
    id,
    type: z.literal("command_execution"),
    command: text,
    aggregated_output: z.catch(text, ""),
    /** `null` while the command runs. */
    exit_code: nullable(z.number()),
    status: text,
  }),
  z.object({
    id,
    type: z.literal("file_change"),
    changes: z._default(
      z.array(z.object({
        path: z.string(),
        kind: z.catch(z.enum(["add", "update", "delete"]), "update"),
      })),
      [],
    ),
    status: text,
  }),
  z.object({
    id,
    type: z.literal("mcp_tool_call"),
    server: text,
    tool: text,
    arguments: z.optional(z.unknown()),
    result: z.optional(z.unknown()),
    error: z.catch(nullable(z.object({ message: text })), null),
    status: text,
  }),
  z.object({
    id,
    type: z.literal("web_search"),
    query: text,
    action: z.optional(z.unknown()),
  }),
  z.object({
    id,
    type: z.literal("todo_list"),
    items: z._default(
      z.array(z.object({ text, completed: z._default(z.boolean(), false) })),
      [],
    ),
  }),
  z.looseObject({
    id,
    type: z.literal("collab_tool_call"),
    tool: text,
    status: text,
  }),
  /** A warning; the run continues. */
  z.object({ id, type: z.literal("error"), message: text }),
]);

const Event = z.discriminatedUnion("type", [
  z.object({ type: z.literal("thread.started"), thread_id: z.string() }),
  z.object({ type: z.literal("turn.started") }),
  z.object({ type: z.literal("turn.completed"), usage: nullable(Usage) }),
  z.object({
    type: z.literal("turn.failed"),
    error: z._default(z.object({ message: text }), { message: "" }),
  }),
  /** Not necessarily the end: Codex may reconnect. */
  z.object({ type: z.literal("error"), message: text }),
  z.object({ type: z.literal("item.started"), item: Item }),
  z.object({ type: z.literal("item.updated"), item: Item }),
  z.object({ type: z.literal("item.completed"), item: Item }),
]);

export type Usage = z.infer<typeof Usage>;

/** Something that a worker does: a command, a change of files, a message. */
export type CodexItem = z.infer<typeof Item>;

/** A line that matches no known event, kept unchanged. */
export interface UnknownEvent {
  type: "unknown";
  raw: string;
}

/** One line of `codex exec --json`. */
export type CodexEvent = z.infer<typeof Event> | UnknownEvent;

/**
 * Reads one line of `codex exec --json`. Never throws: whatever is new, truncated or
 * not JSON becomes an `unknown` event that holds the line.
 */
export function parseEvent(line: string): CodexEvent {
  return parseJson(line, () => Event) ?? { type: "unknown", raw: line };
}
