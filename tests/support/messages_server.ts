import {
  answerEvents,
  answerMessage,
  type ContentBlock,
  encodeEvent,
  type MessagesRequest,
  recordRequest,
  type ToolInput,
} from "./messages_api.ts";
import { WITHIN_MS } from "./until.ts";

export type * from "./messages_api.ts";

/** What Claude is made to answer; made by the functions below. */
export interface ClaudeAnswer {
  blocks: AnswerBlock[];
  /** The answer comes once all of these have resolved. */
  gates: Promise<unknown>[];
}

type AnswerBlock =
  | { type: "text"; text: string }
  | { type: "tool_use"; name: string; input: ToolInput };

/** Claude says something. Without a tool call in the same answer, its turn ends. */
export function sayText(text: string): ClaudeAnswer {
  return { blocks: [{ type: "text", text }], gates: [] };
}

/** Claude calls a tool. */
export function callTool(name: string, input: ToolInput): ClaudeAnswer {
  return { blocks: [{ type: "tool_use", name, input }], gates: [] };
}

export interface BashOptions {
  /** The command goes on while Claude does other things; its end is notified. */
  background?: boolean;
  /** What Claude Code shows for the command, and says in the notification. */
  description?: string;
  /** After so many milliseconds a foreground command is moved to the background. */
  timeoutMs?: number;
}

/** Claude runs a command by its Bash tool. */
export function callBash(
  command: string,
  options: BashOptions = {},
): ClaudeAnswer {
  return callTool("Bash", {
    command,
    description: options.description ?? "Run a command",
    ...(options.background ? { run_in_background: true } : {}),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  });
}

/** Several answers in one, as models do: a sentence and some tool calls. */
export function together(...answers: ClaudeAnswer[]): ClaudeAnswer {
  return {
    blocks: answers.flatMap((answer) => answer.blocks),
    gates: answers.flatMap((answer) => answer.gates),
  };
}

/** The answer comes once the promise resolves: holds Claude in the middle of its turn. */
export function delayUntil(
  gate: Promise<unknown>,
  answer: ClaudeAnswer,
): ClaudeAnswer {
  return { ...answer, gates: [gate, ...answer.gates] };
}

/** An answer, or a function that makes it from the request and the text that set it off. */
export type PlannedAnswer =
  | ClaudeAnswer
  | ((request: MessagesRequest, text: string) => ClaudeAnswer);

/** What Claude does when a sentence of the user, a task notification or a monitor's event contains the trigger, or matches it. */
export interface Rule {
  trigger: string | RegExp;
  answers: readonly PlannedAnswer[];
}

/** Whenever such a text comes, these answers follow, each to a request. */
export function when(
  trigger: string | RegExp,
  ...answers: PlannedAnswer[]
): Rule {
  return { trigger, answers };
}

/** Rules, or a function that chooses the answer to each request. */
export type MessagesScript =
  | readonly Rule[]
  | ((request: MessagesRequest) => ClaudeAnswer | Promise<ClaudeAnswer>);

/** A scripted stand-in for the Messages API on loopback. */
export interface MessagesServer extends AsyncDisposable {
  /** Where it listens, without a path: `http://127.0.0.1:12345`. */
  url: string;
  /** Every request of the conversation so far, in order. */
  requests: MessagesRequest[];
  /** Requests that the client makes for itself, without the script: titles, suggestions. */
  sideRequests: MessagesRequest[];
  /** Requests for which the script had no answer, or that were no requests: a healthy test has none. */
  scriptErrors: Error[];
  /** Lets go of everything that is gated and stops listening. */
  close(): Promise<void>;
  /**
   * The first request of the conversation, past or future, that the predicate
   * accepts. Throws if the server closes or `timeoutMs` pass without one.
   */
  waitForRequest(
    predicate: (request: MessagesRequest) => boolean,
    options?: { timeoutMs?: number },
  ): Promise<MessagesRequest>;
  /** Replaces the script for all requests from now on. */
  setScript(script: MessagesScript): void;
}

/** Starts a messages server on a free port of loopback. */
export function startMessagesServer(script: MessagesScript): MessagesServer {
  const requests: MessagesRequest[] = [];
  const sideRequests: MessagesRequest[] = [];
  const scriptErrors: Error[] = [];
  const closed = Promise.withResolvers<"closed">();
  const arrivals = new EventTarget();
  let answerFor = toFunction(script);
  let answerCount = 0;

  async function respond(request: Request): Promise<Response> {
    if (
      request.method !== "POST" ||
      new URL(request.url).pathname !== "/v1/messages"
    ) return new Response("Not found", { status: 404 });
    const abandoned = Promise.withResolvers<void>();
    let recorded: MessagesRequest;
    let answer: ClaudeAnswer;
    try {
      const json = await request.text();
      recorded = recordRequest(request.headers, json, abandoned.promise);
      if (isSideRequest(recorded)) {
        sideRequests.push(recorded);
        answer = sayText('{"title":"A title"}');
      } else {
        requests.push(recorded);
        // The script moves on before anybody hears of the request.
        const chosen = answerFor(recorded);
        arrivals.dispatchEvent(new Event("request"));
        answer = await chosen;
      }
    } catch (error) {
      scriptErrors.push(
        error instanceof Error ? error : new Error(String(error)),
      );
      // Claude Code does not retry after a 400, so that a wrong script shows at once.
      const message = `Messages script: ${error}`;
      return Response.json({
        type: "error",
        error: { type: "invalid_request_error", message },
      }, { status: 400 });
    }
    const id = `msg_${++answerCount}`;
    const blocks = answer.blocks.map((block, index): ContentBlock =>
      block.type === "text" ? block : { ...block, id: `toolu_${id}_${index}` }
    );
    const opened = Promise.race([Promise.all(answer.gates), closed.promise]);
    if (recorded.body["stream"] !== true) {
      if (await opened === "closed") {
        return new Response("Closed", { status: 503 });
      }
      return Response.json(answerMessage(id, recorded.model, blocks));
    }
    const events = answerEvents(id, recorded.model, blocks);
    return streamResponse(events.map(encodeEvent), opened, abandoned.resolve);
  }

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    respond,
  );

  let stopped: Promise<void> | undefined;
  function close(): Promise<void> {
    closed.resolve("closed");
    return stopped ??= server.shutdown();
  }

  async function waitForRequest(
    predicate: (request: MessagesRequest) => boolean,
    { timeoutMs = WITHIN_MS }: { timeoutMs?: number } = {},
  ): Promise<MessagesRequest> {
    const { promise, resolve, reject } = Promise.withResolvers<
      MessagesRequest
    >();
    let seen = 0;
    function look(): void {
      try {
        for (; seen < requests.length; seen++) {
          const request = requests[seen];
          if (request !== undefined && predicate(request)) {
            return resolve(request);
          }
        }
      } catch (error) {
        reject(error);
      }
    }
    const timer = setTimeout(
      () => reject(new Error(`${timeoutMs} ms passed`)),
      timeoutMs,
    );
    arrivals.addEventListener("request", look);
    try {
      look();
      closed.promise.then(() =>
        reject(new Error("The messages server closed"))
      );
      return await promise;
    } catch (error) {
      const news = requests.map((request) =>
        [
          ...request.news.texts,
          ...request.news.toolResults.map((result) => result.text),
        ].map((text) => text.slice(0, 200))
      );
      throw new Error(
        `No request was accepted; seen: ${
          JSON.stringify(news)
        }; script errors: ${scriptErrors.join("; ")}`,
        { cause: error },
      );
    } finally {
      clearTimeout(timer);
      arrivals.removeEventListener("request", look);
    }
  }

  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests,
    sideRequests,
    scriptErrors,
    close,
    waitForRequest,
    setScript(next) {
      answerFor = toFunction(next);
    },
    [Symbol.asyncDispose]: close,
  };
}

/** The client asks for titles without tools, and for the user's next sentence with them. */
function isSideRequest(request: MessagesRequest): boolean {
  return request.tools.length === 0 ||
    request.news.texts.some((text) => text.startsWith("[SUGGESTION MODE"));
}

function toFunction(
  script: MessagesScript,
): (request: MessagesRequest) => ClaudeAnswer | Promise<ClaudeAnswer> {
  return typeof script === "function" ? script : followRules(script);
}

/**
 * Keeps a list of what is still to be answered: every new text adds the answers
 * of the first rule that it sets off, every request takes the next. An answer
 * that would end the turn while others are due comes together with the next.
 */
function followRules(
  rules: readonly Rule[],
): (request: MessagesRequest) => ClaudeAnswer {
  const due: ((request: MessagesRequest) => ClaudeAnswer)[] = [];
  return (request) => {
    const pieces = [
      ...request.news.sentences,
      ...request.news.notifications.map((notification) => notification.text),
      ...request.news.monitorEvents,
    ];
    for (const piece of pieces) {
      const rule = rules.find(({ trigger }) =>
        typeof trigger === "string"
          ? piece.includes(trigger)
          : piece.search(trigger) >= 0
      );
      for (const planned of rule?.answers ?? []) {
        due.push((request) =>
          typeof planned === "function" ? planned(request, piece) : planned
        );
      }
    }
    const next = due.shift();
    // Most scripts are about waits, and monitors speak beside them.
    if (next === undefined && request.news.monitorEvents.length > 0) {
      return sayText("I have heard it.");
    }
    if (next === undefined) {
      throw new RangeError(
        `No rule has an answer to ${
          JSON.stringify(pieces.map((piece) => piece.slice(0, 200)))
        } and ${request.news.toolResults.length} tool results`,
      );
    }
    let answer = next(request);
    for (let later; endsTurn(answer) && (later = due.shift());) {
      answer = together(answer, later(request));
    }
    return answer;
  };
}

function endsTurn(answer: ClaudeAnswer): boolean {
  return answer.blocks.every((block) => block.type === "text");
}

/**
 * Streams events once they may come. The headers go out at once: without them
 * Deno 2.8 does not notice that the other side is gone.
 */
function streamResponse(
  events: string[],
  opened: Promise<unknown>,
  onCancel: () => void,
): Response {
  const encoder = new TextEncoder();
  const stream = new ReadableStream({
    async pull(controller) {
      if (await opened === "closed") return controller.close();
      const event = events.shift();
      if (event === undefined) controller.close();
      else controller.enqueue(encoder.encode(event));
    },
    cancel: onCancel,
  });
  return new Response(stream, {
    headers: { "content-type": "text/event-stream" },
  });
}
