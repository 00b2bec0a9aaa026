import * as z from "zod/mini";

/** One block of a model's answer, as the Messages API spells it. */
export type ContentBlock =
  | { type: "text"; text: string }
  | { type: "tool_use"; id: string; name: string; input: ToolInput };

export type ToolInput = Record<string, unknown>;

/** A tool that the model has called. */
export interface ToolCall {
  id: string;
  name: string;
  input: ToolInput;
}

/** What came back of a tool call. */
export interface ToolResult {
  toolUseId: string;
  /** The call itself; missing where the conversation does not hold it any more. */
  call?: ToolCall;
  text: string;
  isError: boolean;
}

/** What Claude Code says about a background task that has ended. */
export interface TaskNotification {
  /** All of it, tags included. */
  text: string;
  /** `completed`, `failed` or `killed`. */
  status: string;
  /** One sentence with the description of the command and its exit code. */
  summary: string;
  taskId: string;
  /** The tool call that began the task; an empty string where Claude Code does not tell. */
  toolUseId: string;
  /** Where the task's output is. */
  outputFile: string;
}

export interface ConversationMessage {
  role: "user" | "assistant" | "system";
  texts: string[];
  toolCalls: ToolCall[];
  toolResults: ToolResult[];
}

/** A request of Claude Code, with what tests ask about most. */
export interface MessagesRequest {
  headers: Headers;
  /** The parsed JSON body. */
  body: Record<string, unknown>;
  model: string;
  /** The system prompt, its parts joined by line breaks. */
  system: string;
  messages: ConversationMessage[];
  /** Texts of all user messages, in order; Claude Code puts reminders and notifications among them. */
  userTexts: string[];
  /** Texts of the messages of role `system` in mid-conversation. */
  systemTexts: string[];
  /** All results of tools, in order. */
  toolResults: ToolResult[];
  /** All task notifications, in order, wherever they stand, without what monitors say. */
  notifications: TaskNotification[];
  /** What monitors say, in order: notifications as a whole. */
  monitorEvents: string[];
  /** What came after the model's last answer. */
  news: {
    texts: string[];
    /** What the user typed, also while Claude was busy. */
    sentences: string[];
    toolResults: ToolResult[];
    notifications: TaskNotification[];
    monitorEvents: string[];
  };
  /** Names of the tools offered. A request without any is one that the client makes for itself, such as a title. */
  tools: string[];
  /** Resolves if Claude Code goes away while its answer is held back. */
  abandoned: Promise<void>;
}

const Block = z.looseObject({
  type: z.string(),
  text: z.optional(z.string()),
  id: z.optional(z.string()),
  name: z.optional(z.string()),
  input: z.optional(z.record(z.string(), z.unknown())),
  tool_use_id: z.optional(z.string()),
  content: z.optional(z.unknown()),
  is_error: z.optional(z.nullable(z.boolean())),
});

const Content = z.union([z.string(), z.array(Block)]);

const RequestBody = z.looseObject({
  model: z.string(),
  system: z.optional(Content),
  messages: z.array(z.looseObject({
    role: z.enum(["user", "assistant", "system"]),
    content: Content,
  })),
  tools: z.optional(z.array(z.looseObject({ name: z.string() }))),
  stream: z.optional(z.boolean()),
});

/** Reads what Claude Code sent. Throws if it is not a request of the Messages API. */
export function recordRequest(
  headers: Headers,
  json: string,
  abandoned: Promise<void>,
): MessagesRequest {
  const body = RequestBody.parse(JSON.parse(json));
  const calls = new Map<string, ToolCall>();
  const messages = body.messages.map(({ role, content }) =>
    readMessage(role, content, calls)
  );
  const news = messages.slice(
    messages.findLastIndex((message) => message.role === "assistant") + 1,
  );
  return {
    headers,
    body,
    model: body.model,
    system: textsOf(body.system ?? "").join("\n"),
    messages,
    userTexts: textsBy(messages, "user"),
    systemTexts: textsBy(messages, "system"),
    toolResults: messages.flatMap((message) => message.toolResults),
    ...notificationsIn(messages),
    news: {
      texts: news.flatMap((message) => message.texts),
      sentences: sentencesIn(news),
      toolResults: news.flatMap((message) => message.toolResults),
      ...notificationsIn(news),
    },
    tools: (body.tools ?? []).map((tool) => tool.name),
    abandoned,
  };
}

function readMessage(
  role: ConversationMessage["role"],
  content: z.infer<typeof Content>,
  calls: Map<string, ToolCall>,
): ConversationMessage {
  const toolCalls: ToolCall[] = [];
  const toolResults: ToolResult[] = [];
  for (const block of typeof content === "string" ? [] : content) {
    if (block.type === "tool_use") {
      const call = {
        id: block.id ?? "",
        name: block.name ?? "",
        input: block.input ?? {},
      };
      calls.set(call.id, call);
      toolCalls.push(call);
    } else if (block.type === "tool_result") {
      const toolUseId = block.tool_use_id ?? "";
      const inner = Content.safeParse(block.content);
      toolResults.push({
        toolUseId,
        call: calls.get(toolUseId),
        text: inner.success ? textsOf(inner.data).join("\n") : "",
        isError: block.is_error ?? false,
      });
    }
  }
  return { role, texts: textsOf(content), toolCalls, toolResults };
}

function textsOf(content: z.infer<typeof Content>): string[] {
  return typeof content === "string"
    ? [content]
    : content.filter((block) => block.type === "text").map((block) =>
      block.text ?? ""
    );
}

function textsBy(
  messages: ConversationMessage[],
  role: ConversationMessage["role"],
): string[] {
  return messages.filter((message) => message.role === role)
    .flatMap((message) => message.texts);
}

/** Texts that the client makes for the user begin with a tag; what was typed meanwhile comes inside a system message. */
function sentencesIn(messages: ConversationMessage[]): string[] {
  const typed = textsBy(messages, "user").filter((text) => !/^\s*</.test(text));
  const meanwhile = textsBy(messages, "system").flatMap((text) =>
    [...text.matchAll(
      /sent a new message while you were working:\n([\s\S]*?)\n\nIMPORTANT:/g,
    )].map((match) => match[1] ?? "")
  );
  return [...typed, ...meanwhile];
}

function notificationsIn(
  messages: ConversationMessage[],
): Pick<MessagesRequest, "notifications" | "monitorEvents"> {
  const found = messages.filter((message) => message.role !== "assistant")
    .flatMap((message) => message.texts)
    .flatMap((text) => [
      ...text.matchAll(/<task-notification>([\s\S]*?)<\/task-notification>/g),
    ])
    .map(([text, inner = ""]) => {
      const tag = (name: string) =>
        inner.match(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`))?.[1]
          ?.trim() ?? "";
      return {
        text,
        status: tag("status"),
        summary: tag("summary"),
        taskId: tag("task-id"),
        toolUseId: tag("tool-use-id"),
        outputFile: tag("output-file"),
      };
    });
  const isEvent = ({ text }: TaskNotification) => text.includes("<event>");
  return {
    notifications: found.filter((notification) => !isEvent(notification)),
    monitorEvents: found.filter(isEvent).map(({ text }) => text),
  };
}

/** An event of the answer's stream. */
export type StreamEvent = Record<string, unknown> & { type: string };

/** The events of a complete answer. It ends the turn unless it calls a tool. */
export function answerEvents(
  messageId: string,
  model: string,
  blocks: ContentBlock[],
): StreamEvent[] {
  const usage = { input_tokens: 100, output_tokens: 30 };
  return [
    {
      type: "message_start",
      message: {
        id: messageId,
        type: "message",
        role: "assistant",
        model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage,
      },
    },
    ...blocks.flatMap((block, index) => [
      {
        type: "content_block_start",
        index,
        content_block: block.type === "text"
          ? { ...block, text: "" }
          : { ...block, input: {} },
      },
      {
        type: "content_block_delta",
        index,
        delta: block.type === "text"
          ? { type: "text_delta", text: block.text }
          : {
            type: "input_json_delta",
            partial_json: JSON.stringify(block.input),
          },
      },
      { type: "content_block_stop", index },
    ]),
    {
      type: "message_delta",
      delta: { stop_reason: stopReason(blocks), stop_sequence: null },
      usage,
    },
    { type: "message_stop" },
  ];
}

/** The same answer to a request that asked for no stream. */
export function answerMessage(
  messageId: string,
  model: string,
  blocks: ContentBlock[],
): object {
  return {
    id: messageId,
    type: "message",
    role: "assistant",
    model,
    content: blocks,
    stop_reason: stopReason(blocks),
    stop_sequence: null,
    usage: { input_tokens: 100, output_tokens: 30 },
  };
}

function stopReason(blocks: ContentBlock[]): string {
  return blocks.some((block) => block.type === "tool_use")
    ? "tool_use"
    : "end_turn";
}

/** An event as server-sent events spell it. */
export function encodeEvent(event: StreamEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
