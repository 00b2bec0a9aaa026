import type { OutputItem, Usage } from "./responses_api.ts";

/** What the model server does with one request; made by the functions below. */
export type Answer =
  | {
    kind: "output";
    items: OutputItem[];
    endTurn: boolean;
    usage: Usage;
    headers: Record<string, string>;
  }
  | {
    kind: "http";
    status: number;
    body: string;
    headers: Record<string, string>;
  }
  | { kind: "broken"; answer: Answer; afterEvents: number }
  | { kind: "failed"; code: string; message: string }
  | { kind: "incomplete"; reason: string }
  | { kind: "hang" }
  | { kind: "gated"; gate: Promise<unknown>; answer: Answer }
  | { kind: "forever"; answer: Answer };

/** What an answer brings besides its items, where that matters to the test. */
export interface AnswerOptions {
  /** The tokens that it claims. */
  usage?: Partial<Usage>;
  headers?: Record<string, string>;
}

/** The model says something on the way and goes on. */
export function say(text: string, options?: AnswerOptions): Answer {
  return output([message(text, "commentary")], false, options);
}

/** The model shows a summary of its reasoning and goes on. */
export function think(summary: string, options?: AnswerOptions): Answer {
  const item = {
    type: "reasoning",
    summary: [{ type: "summary_text", text: summary }],
    encrypted_content: "c3R1Yg==",
  };
  return output([item], false, options);
}

/** The model's last message: a result as JSON, or a string just as it is. */
export function finish(
  result: object | string,
  options?: AnswerOptions,
): Answer {
  const text = typeof result === "string" ? result : JSON.stringify(result);
  return output([message(text, "final_answer")], true, options);
}

/** The model has reached its goal. */
export const DONE = finish({
  ...{ goal_met: true, summary: "done", followup_prompt: "", notes: "" },
});

/** The model runs a shell command through the tool that `gpt-5.5` is given. */
export function callShell(
  cmd: string,
  options: AnswerOptions & {
    /** The model goes on after so long, while the command still runs. */
    yieldMs?: number;
  } = {},
): Answer {
  const item = {
    type: "function_call",
    name: "exec_command",
    arguments: JSON.stringify({ cmd, yield_time_ms: options.yieldMs }),
  };
  return output([item], false, options);
}

/** The model calls a tool of Codex itself. */
export function callTool(name: string, args: unknown): Answer {
  const item = { type: "function_call", name, arguments: JSON.stringify(args) };
  return output([item], false);
}

/** The model calls a tool of an MCP server. */
export function callMcpTool(server: string, tool: string): Answer {
  const item = {
    type: "function_call",
    namespace: `mcp__${server}`,
    name: tool,
    arguments: "{}",
  };
  return output([item], false);
}

/** The model edits files by a patch (`*** Begin Patch …`). */
export function applyPatch(patch: string, options?: AnswerOptions): Answer {
  const item = { type: "custom_tool_call", name: "apply_patch", input: patch };
  return output([item], false, options);
}

/** Several outputs in one answer, as models do: a message and a tool call. Their usage is that of the last. */
export function together(...answers: Answer[]): Answer {
  const outputs = answers.map((answer) => {
    if (answer.kind !== "output") {
      throw new TypeError(
        `Cannot put "${answer.kind}" together with other answers`,
      );
    }
    return answer;
  });
  const last = outputs.at(-1);
  if (last === undefined) throw new TypeError("Cannot put no answers together");
  return { ...last, items: outputs.flatMap((answer) => answer.items) };
}

/** The server refuses with an HTTP status. */
export function httpError(
  status: number,
  body: object | string,
  headers: Record<string, string> = {},
): Answer {
  return typeof body === "string" ? { kind: "http", status, body, headers } : {
    kind: "http",
    status,
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  };
}

/** HTTP 429; with `retryAfter`, the seconds after which a worker may ask again. */
export function rateLimited(retryAfter?: number): Answer {
  return httpError(
    429,
    { error: { type: "rate_limit_exceeded", message: "Rate limit reached" } },
    retryAfter === undefined ? {} : { "retry-after": String(retryAfter) },
  );
}

/**
 * The connection is reset in the middle of an answer, after so many of its
 * events: the first opens it, the next ones carry its items.
 */
export function breakStream(
  afterEvents = 1,
  answer: Answer = say("This message is cut off"),
): Answer {
  return { kind: "broken", answer, afterEvents };
}

/** The server reports a failure inside the stream (`response.failed`). */
export function failed(code: string, message: string): Answer {
  return { kind: "failed", code, message };
}

/** The server cuts the answer off (`response.incomplete`). */
export function incomplete(reason: string): Answer {
  return { kind: "incomplete", reason };
}

/** No answer at all, until the server closes or the worker goes. */
export function hang(): Answer {
  return { kind: "hang" };
}

/** The answer comes once the promise resolves: holds a worker in the middle of its turn. */
export function delayUntil(gate: Promise<unknown>, answer: Answer): Answer {
  return { kind: "gated", gate, answer };
}

/** The same answer to this request and all that follow, for retries of unknown number. */
export function forever(answer: Answer): Answer {
  return { kind: "forever", answer };
}

function output(
  items: OutputItem[],
  endTurn: boolean,
  options: AnswerOptions = {},
): Answer {
  const usage = {
    input: 100,
    cached: 20,
    output: 30,
    reasoning: 5,
    ...options.usage,
  };
  const { headers = {} } = options;
  return { kind: "output", items, endTurn, usage, headers };
}

function message(
  text: string,
  phase: "commentary" | "final_answer",
): OutputItem {
  return {
    type: "message",
    role: "assistant",
    phase,
    content: [{ type: "output_text", text }],
  };
}
