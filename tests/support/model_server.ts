import type { Answer } from "./model_answers.ts";
import {
  completedEvents,
  encodeEvent,
  failedEvents,
  incompleteEvents,
  type RecordedRequest,
  recordRequest,
  type StreamEvent,
  type Usage,
} from "./responses_api.ts";
import { WITHIN_MS } from "./until.ts";

export * from "./model_answers.ts";
export type { RecordedRequest, Usage };

/** Answers in the order of the requests, or a function that chooses one for each. */
export type ModelScript =
  | readonly Answer[]
  | ((request: RecordedRequest) => Answer | Promise<Answer>);

/** A scripted stand-in for the Responses API on loopback. */
export interface ModelServer extends AsyncDisposable {
  /** Where it listens, without a path: `http://127.0.0.1:12345`. */
  url: string;
  /** Every request so far, in order. */
  requests: RecordedRequest[];
  /** Requests for which the script had no answer, or that were no requests: a healthy test has none. */
  scriptErrors: Error[];
  /** Lets go of everything that hangs or is gated and stops listening. */
  close(): Promise<void>;
  /**
   * The first request, past or future, that the predicate accepts. Throws if
   * the server closes or `timeoutMs` pass without one.
   */
  waitForRequest(
    predicate: (request: RecordedRequest) => boolean,
    options?: { timeoutMs?: number },
  ): Promise<RecordedRequest>;
  /** Replaces the script for all requests from now on. */
  setScript(script: ModelScript): void;
}

/**
 * A script for many workers at once. The router sees the first request of each
 * thread and gives all answers of that thread; a resumed thread goes on where
 * it was.
 */
export function scriptByPrompt(
  router: (request: RecordedRequest) => readonly Answer[],
): (request: RecordedRequest) => Answer {
  const walks = new Map<string, () => Answer>();
  return (request) => {
    const thread = request.threadId ?? `prompt ${request.prompts[0]}`;
    let next = walks.get(thread);
    if (next === undefined) {
      next = walk(router(request));
      walks.set(thread, next);
    }
    return next();
  };
}

/** Starts a model server on a free port of loopback. */
export function startModelServer(script: ModelScript): ModelServer {
  const requests: RecordedRequest[] = [];
  const scriptErrors: Error[] = [];
  const closed = Promise.withResolvers<"closed">();
  const arrivals = new EventTarget();
  let answerFor = toFunction(script);
  let answerCount = 0;

  async function respond(request: Request): Promise<Response> {
    if (request.method !== "POST" || !request.url.endsWith("/responses")) {
      return new Response("Not found", { status: 404 });
    }
    const abandoned = Promise.withResolvers<void>();
    let answer: Answer;
    try {
      const json = await request.text();
      const recorded = recordRequest(request.headers, json, abandoned.promise);
      requests.push(recorded);
      // The script moves on before anybody hears of the request.
      const chosen = answerFor(recorded);
      arrivals.dispatchEvent(new Event("request"));
      answer = await chosen;
    } catch (error) {
      scriptErrors.push(
        error instanceof Error ? error : new Error(String(error)),
      );
      // Codex does not retry after a 400, so that a wrong script shows at once.
      return new Response(`Model script: ${error}`, { status: 400 });
    }
    const { core, gates } = unwrap(answer);
    const opened = Promise.race([Promise.all(gates), closed.promise]);
    if (core.kind === "http") {
      if (await opened === "closed") {
        return new Response("Closed", { status: 503 });
      }
      return new Response(core.body, {
        status: core.status,
        headers: core.headers,
      });
    }
    return streamResponse(
      core,
      `resp_${++answerCount}`,
      opened,
      abandoned.resolve,
    );
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
    predicate: (request: RecordedRequest) => boolean,
    { timeoutMs = WITHIN_MS }: { timeoutMs?: number } = {},
  ): Promise<RecordedRequest> {
    const { promise, resolve, reject } = Promise.withResolvers<
      RecordedRequest
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
      closed.promise.then(() => reject(new Error("The model server closed")));
      return await promise;
    } catch (error) {
      const prompts = requests.map((request) =>
        request.prompts.at(-1)?.slice(0, 80)
      );
      throw new Error(
        `No request was accepted; seen: ${JSON.stringify(prompts)}`,
        {
          cause: error,
        },
      );
    } finally {
      clearTimeout(timer);
      arrivals.removeEventListener("request", look);
    }
  }

  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests,
    scriptErrors,
    close,
    waitForRequest,
    setScript(next) {
      answerFor = toFunction(next);
    },
    [Symbol.asyncDispose]: close,
  };
}

function toFunction(
  script: ModelScript,
): (request: RecordedRequest) => Answer | Promise<Answer> {
  return typeof script === "function" ? script : walk(script);
}

function walk(answers: readonly Answer[]): () => Answer {
  let index = 0;
  return () => {
    const answer = answers[index];
    if (answer === undefined) {
      throw new RangeError(`All ${answers.length} answers are used up`);
    }
    if (answer.kind !== "forever") index++;
    return answer;
  };
}

/** Takes off what only says when an answer comes. */
function unwrap(answer: Answer): { core: Answer; gates: Promise<unknown>[] } {
  switch (answer.kind) {
    case "gated": {
      const { core, gates } = unwrap(answer.answer);
      return { core, gates: [answer.gate, ...gates] };
    }
    case "forever":
      return unwrap(answer.answer);
    case "hang":
      return { core: answer, gates: [new Promise(() => {})] };
    default:
      return { core: answer, gates: [] };
  }
}

/**
 * Streams the events of an answer once it may come. The headers go out at once:
 * without them Deno 2.8 does not notice that the other side is gone.
 */
function streamResponse(
  answer: Answer,
  responseId: string,
  opened: Promise<unknown>,
  onCancel: () => void,
): Response {
  const broken = answer.kind === "broken";
  const events = broken
    ? eventsOf(answer.answer, responseId).slice(0, answer.afterEvents)
    : eventsOf(answer, responseId);
  const encoder = new TextEncoder();
  const stream = new ReadableStream({
    async pull(controller) {
      if (await opened === "closed") return controller.close();
      const event = events.shift();
      if (event !== undefined) {
        controller.enqueue(encoder.encode(encodeEvent(event)));
      } else if (broken) {
        controller.error(new Error("The script breaks the stream here"));
      } else controller.close();
    },
    cancel: onCancel,
  });
  return new Response(stream, {
    headers: { "content-type": "text/event-stream", ...headersOf(answer) },
  });
}

function headersOf(answer: Answer): Record<string, string> {
  return answer.kind === "output" ? answer.headers : {};
}

function eventsOf(answer: Answer, responseId: string): StreamEvent[] {
  switch (answer.kind) {
    case "output": {
      const items = answer.items.map((item, index) => ({
        id: `${responseId}_item_${index}`,
        ...(item.type.endsWith("_call")
          ? { call_id: `${responseId}_call_${index}` }
          : {}),
        ...item,
      }));
      return completedEvents(responseId, items, answer.usage, answer.endTurn);
    }
    case "failed":
      return failedEvents(responseId, answer.code, answer.message);
    case "incomplete":
      return incompleteEvents(responseId, answer.reason);
    case "hang":
      return [];
    default:
      throw new TypeError(`Cannot stream an answer of kind "${answer.kind}"`);
  }
}
