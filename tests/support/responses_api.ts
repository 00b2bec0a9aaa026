import * as z from "zod/mini";

/** One item of a model's output, as the Responses API spells it. */
export type OutputItem = Record<string, unknown> & { type: string };

/** Tokens that an answer claims to have used. */
export interface Usage {
  input: number;
  cached: number;
  output: number;
  reasoning: number;
}

/** What a tool of the worker returned to the model. */
export interface ToolOutput {
  callId: string;
  text: string;
}

/** A request of a worker, with what tests ask about most. */
export interface RecordedRequest {
  headers: Headers;
  /** The parsed JSON body. */
  body: Record<string, unknown>;
  model: string;
  effort?: string;
  verbosity?: string;
  /** Texts of all user messages, in order, byte for byte; Codex puts some of its own among them. */
  userTexts: string[];
  /** `userTexts` without what Codex adds: its environment and the AGENTS.md of the folder. */
  prompts: string[];
  /** The schema given with `--output-schema`. */
  outputSchema?: unknown;
  /** The same for all requests of a thread, after a resume too. */
  threadId?: string;
  toolOutputs: ToolOutput[];
  /** Resolves if the worker goes away while its answer hangs or is held back. */
  abandoned: Promise<void>;
}

const ContentPart = z.looseObject({
  type: z.string(),
  text: z.optional(z.string()),
});

const InputItem = z.looseObject({
  type: z.string(),
  role: z.optional(z.string()),
  content: z.optional(z.nullable(z.array(ContentPart))),
  call_id: z.optional(z.string()),
  output: z.optional(z.union([z.string(), z.array(ContentPart)])),
});

const RequestBody = z.looseObject({
  model: z.string(),
  input: z.array(InputItem),
  reasoning: z.optional(
    z.nullable(z.looseObject({ effort: z.optional(z.string()) })),
  ),
  text: z.optional(z.looseObject({
    verbosity: z.optional(z.string()),
    format: z.optional(z.looseObject({ schema: z.optional(z.unknown()) })),
  })),
  prompt_cache_key: z.optional(z.string()),
});

/** Texts that Codex itself sends as user messages begin with one of these. */
const CODEX_CONTEXT = [
  "<environment_context>",
  "<user_instructions>",
  "# AGENTS.md instructions",
];

/** Reads what a worker sent. Throws if it is not a request of the Responses API. */
export function recordRequest(
  headers: Headers,
  json: string,
  abandoned: Promise<void>,
): RecordedRequest {
  const body = RequestBody.parse(JSON.parse(json));
  const userTexts = body.input
    .filter((item) => item.type === "message" && item.role === "user")
    .flatMap((item) => (item.content ?? []).map((part) => part.text ?? ""));
  return {
    headers,
    body,
    model: body.model,
    effort: body.reasoning?.effort,
    verbosity: body.text?.verbosity,
    userTexts,
    prompts: userTexts.filter((text) =>
      !CODEX_CONTEXT.some((start) => text.startsWith(start))
    ),
    outputSchema: body.text?.format?.schema,
    threadId: headers.get("thread-id") ?? body.prompt_cache_key,
    toolOutputs: body.input.flatMap((item) =>
      item.call_id !== undefined && item.output !== undefined
        ? [{ callId: item.call_id, text: textOf(item.output) }]
        : []
    ),
    abandoned,
  };
}

function textOf(output: string | { text?: string }[]): string {
  return typeof output === "string"
    ? output
    : output.map((part) => part.text ?? "").join("");
}

/** An event of the answer's stream. */
export type StreamEvent = Record<string, unknown> & { type: string };

/** The events of a complete answer. Without `endTurn`, Codex asks the model to go on. */
export function completedEvents(
  responseId: string,
  items: OutputItem[],
  usage: Usage,
  endTurn: boolean,
): StreamEvent[] {
  return [
    createdEvent(responseId),
    ...items.map((item, index) => ({
      type: "response.output_item.done",
      output_index: index,
      item,
    })),
    {
      type: "response.completed",
      response: {
        id: responseId,
        end_turn: endTurn,
        usage: {
          input_tokens: usage.input,
          input_tokens_details: { cached_tokens: usage.cached },
          output_tokens: usage.output,
          output_tokens_details: { reasoning_tokens: usage.reasoning },
          total_tokens: usage.input + usage.output,
        },
      },
    },
  ];
}

/** The events of an answer that the server itself gives up. */
export function failedEvents(
  responseId: string,
  code: string,
  message: string,
): StreamEvent[] {
  return [
    createdEvent(responseId),
    {
      type: "response.failed",
      response: { id: responseId, status: "failed", error: { code, message } },
    },
  ];
}

/** The events of an answer that was cut off, for example for `max_output_tokens`. */
export function incompleteEvents(
  responseId: string,
  reason: string,
): StreamEvent[] {
  return [
    createdEvent(responseId),
    {
      type: "response.incomplete",
      response: {
        id: responseId,
        status: "incomplete",
        incomplete_details: { reason },
      },
    },
  ];
}

function createdEvent(responseId: string): StreamEvent {
  return { type: "response.created", response: { id: responseId } };
}

/** An event as server-sent events spell it. */
export function encodeEvent(event: StreamEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
