import * as z from "zod/mini";
import { errorKind } from "../../codex/error_kind.ts";
import type { Usage } from "../../codex/events.ts";
import { once } from "../../system/once.ts";
import type { Notification } from "./rpc.ts";

const text = z._default(z.string(), "");
const nullableText = z.catch(z.nullable(z.string()), null);
const status = z.catch(z.string(), "");

/** The items of app-server that `codex exec` reports too; seen with 0.147 and 0.169. */
const itemSchema = once(() =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("agentMessage"), id: text, text }),
    z.object({
      type: z.literal("reasoning"),
      id: text,
      summary: z.catch(z.array(z.string()), []),
    }),
    z.object({
      type: z.literal("commandExecution"),
      id: text,
      command: text,
      aggregatedOutput: nullableText,
      exitCode: z.catch(z.nullable(z.number()), null),
      status,
    }),
    z.object({
      type: z.literal("fileChange"),
      id: text,
      changes: z.catch(
        z.array(z.object({
          path: z.string(),
          kind: z.object({ type: z.string() }),
        })),
        [],
      ),
      status,
    }),
    z.object({
      type: z.literal("mcpToolCall"),
      id: text,
      server: text,
      tool: text,
      arguments: z.optional(z.unknown()),
      result: z.optional(z.unknown()),
      error: z.catch(z.nullable(z.object({ message: text })), null),
      status,
    }),
    z.object({
      type: z.literal("webSearch"),
      id: text,
      query: text,
      action: z.optional(z.unknown()),
    }),
    z.object({
      type: z.literal("collabAgentToolCall"),
      id: text,
      tool: text,
      status,
      prompt: nullableText,
    }),
  ])
);

type Item = z.infer<ReturnType<typeof itemSchema>>;

const turnError = () =>
  z.object({ message: text, codexErrorInfo: z.optional(z.unknown()) });

const count = z._default(z.number(), 0);

const notificationSchema = once(() =>
  z.discriminatedUnion("method", [
    z.object({
      method: z.literal("turn/started"),
      params: z.object({ turn: z.object({ id: z.string() }) }),
    }),
    z.object({
      method: z.literal("turn/completed"),
      params: z.object({
        turn: z.object({
          id: z.string(),
          status,
          error: z.catch(z.nullable(turnError()), null),
        }),
      }),
    }),
    z.object({
      method: z.enum(["item/started", "item/completed"]),
      params: z.object({ item: z.looseObject({ type: z.string() }) }),
    }),
    z.object({
      method: z.literal("turn/plan/updated"),
      params: z.object({
        plan: z.array(z.object({ step: z.string(), status })),
      }),
    }),
    z.object({
      method: z.literal("error"),
      params: z.object({
        error: z.extend(turnError(), { additionalDetails: nullableText }),
      }),
    }),
    z.object({
      method: z.enum(["warning", "guardianWarning"]),
      params: z.object({ message: z.string() }),
    }),
    z.object({
      method: z.enum(["configWarning", "deprecationNotice"]),
      params: z.object({
        summary: z.string(),
        details: nullableText,
        path: z.optional(z.string()),
      }),
    }),
    z.object({
      method: z.literal("thread/tokenUsage/updated"),
      params: z.object({
        tokenUsage: z.object({
          total: z.object({
            inputTokens: count,
            cachedInputTokens: count,
            cacheWriteInputTokens: count,
            outputTokens: count,
            reasoningOutputTokens: count,
          }),
        }),
      }),
    }),
  ])
);

/** What a notification means to a turn. */
export interface Told {
  /** Events as `codex exec --json` would have written them. */
  events: Record<string, unknown>[];
  /** The tokens of the whole thread. */
  usage?: Usage;
  /** What kind of error ended the turn, if Codex says so. */
  errorKind?: string;
  /** How the turn ended, with its id. */
  ended?: { id: string; status: string };
  /** Whether it is the model that says or begins something: it has answered what it was last asked. */
  isModels?: boolean;
}

/**
 * Translates what `codex app-server` tells about a thread into events of `codex exec
 * --json`, so that nothing else has to know both. Items are numbered as `codex exec` does.
 */
export function makeTranslator(): (notification: Notification) => Told {
  const numbers = new Map<string, number>();
  let usage: Usage | null = null;
  const numbered = (id: string) => {
    const number = numbers.get(id) ?? numbers.size;
    numbers.set(id, number);
    return `item_${number}`;
  };
  const warning = (message: string): Told => ({
    events: [{
      type: "item.completed",
      item: { id: numbered(`warning ${numbers.size}`), type: "error", message },
    }],
  });
  return (notification) => {
    const told = notificationSchema().safeParse(notification).data;
    switch (told?.method) {
      case "turn/started":
        return { events: [{ type: "turn.started" }] };
      case "turn/completed": {
        const { id, status, error } = told.params.turn;
        const event = status === "completed"
          ? [{ type: "turn.completed", usage }]
          : status === "failed"
          ? [{ type: "turn.failed", error: { message: error?.message ?? "" } }]
          // As with `codex exec`, which an interrupt ends without a word.
          : [];
        return {
          events: event,
          errorKind: errorKind(error?.codexErrorInfo),
          ended: { id, status },
          isModels: status === "completed",
        };
      }
      case "item/started":
      case "item/completed": {
        const item = itemSchema().safeParse(told.params.item).data;
        const isModels = told.method === "item/started" &&
          !NOT_THE_MODELS.includes(told.params.item.type);
        if (item === undefined) return { events: [], isModels };
        const begins = told.method === "item/started";
        if (begins && WHOLE.includes(item.type)) {
          return { events: [], isModels };
        }
        const type = begins ? "item.started" : "item.completed";
        const id = numbered(item.id);
        return {
          events: [{ type, item: { id, ...execItem(item) } }],
          isModels,
        };
      }
      case "turn/plan/updated": {
        const items = told.params.plan.map(({ step, status }) => ({
          text: step,
          completed: status === "completed",
        }));
        const type = numbers.has("plan") ? "item.updated" : "item.started";
        const item = { id: numbered("plan"), type: "todo_list", items };
        return { events: [{ type, item }], isModels: true };
      }
      case "error": {
        const { message, additionalDetails } = told.params.error;
        const details = additionalDetails === null
          ? ""
          : ` (${additionalDetails})`;
        return { events: [{ type: "error", message: message + details }] };
      }
      case "warning":
      case "guardianWarning":
        return warning(told.params.message);
      case "configWarning":
      case "deprecationNotice": {
        const { summary, details, path } = told.params;
        // What is not about a file, such as how it runs its sandbox, is on stderr.
        if (told.method === "configWarning" && path === undefined) {
          return { events: [] };
        }
        return warning(details === null ? summary : `${summary}: ${details}`);
      }
      case "thread/tokenUsage/updated": {
        const { total } = told.params.tokenUsage;
        usage = {
          input_tokens: total.inputTokens,
          cached_input_tokens: total.cachedInputTokens,
          cache_write_input_tokens: total.cacheWriteInputTokens,
          output_tokens: total.outputTokens,
          reasoning_output_tokens: total.reasoningOutputTokens,
        };
        return { events: [], usage };
      }
      default:
        return { events: [] };
    }
  };
}

/** `codex exec` reports these only when they are complete. */
const WHOLE: Item["type"][] = ["agentMessage", "reasoning"];

/** Items that Codex makes itself, of what it was given. */
const NOT_THE_MODELS = ["userMessage", "hookPrompt", "contextCompaction"];

function execItem(item: Item): Record<string, unknown> {
  switch (item.type) {
    case "agentMessage":
      return { type: "agent_message", text: item.text };
    case "reasoning":
      return { type: "reasoning", text: item.summary.join("\n\n") };
    case "commandExecution":
      return {
        type: "command_execution",
        command: item.command,
        aggregated_output: item.aggregatedOutput ?? "",
        exit_code: item.exitCode,
        status: snakeCase(item.status),
      };
    case "fileChange":
      return {
        type: "file_change",
        changes: item.changes.map(({ path, kind }) => ({
          path,
          kind: kind.type,
        })),
        status: snakeCase(item.status),
      };
    case "mcpToolCall":
      return {
        type: "mcp_tool_call",
        server: item.server,
        tool: item.tool,
        arguments: item.arguments,
        result: item.result ?? null,
        error: item.error,
        status: snakeCase(item.status),
      };
    case "webSearch":
      return { type: "web_search", query: item.query, action: item.action };
    case "collabAgentToolCall":
      return {
        type: "collab_tool_call",
        tool: snakeCase(item.tool),
        prompt: item.prompt,
        status: snakeCase(item.status),
      };
  }
}

/** `inProgress` as `in_progress`. */
function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
