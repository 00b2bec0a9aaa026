import * as z from "zod/mini";
import type { LogFile } from "../../files/log_file.ts";
import { makeLineSplitter } from "../../files/line_splitter.ts";
import { ignored } from "../../system/ignore.ts";
import { messageOf } from "../../system/errors.ts";
import { once } from "../../system/once.ts";
import { parseJson } from "../../text/parse_json.ts";

/** Something that Codex says without being asked. */
export interface Notification {
  method: string;
  params: unknown;
}

/** Codex refused a call, or ended before it answered. */
export class RpcError extends Error {
  override name = "RpcError";
  /** `null` if Codex ended before it answered. */
  readonly code: number | null;
  constructor(message: string, code: number | null) {
    super(message);
    this.code = code;
  }
}

/** JSON-RPC over the standard streams of a program, a message a line. */
export interface Rpc {
  /** Resolves to the result. Throws an {@linkcode RpcError}. */
  call(method: string, params: unknown): Promise<unknown>;
  notify(method: string): void;
  /** Ends the input of the program: nothing more is said. */
  end(): void;
  /** To be called with what the program writes. */
  push(bytes: Uint8Array): void;
  /** To be called when the program has ended: no more calls are answered. */
  close(): void;
}

export interface RpcOptions {
  stdin: WritableStream<Uint8Array<ArrayBuffer>>;
  log: LogFile;
  onNotification: (notification: Notification) => void;
  /**
   * Answers a question of the program by `tell`, which resolves to whether the program
   * took the answer. Throws an {@linkcode RpcError} to refuse it. The signal is aborted
   * when the program stops waiting for the answer.
   */
  onRequest: (
    request: Notification,
    signal: AbortSignal,
    tell: (result: unknown) => Promise<boolean>,
  ) => Promise<void>;
}

const messageSchema = once(() =>
  z.object({
    id: z.optional(z.union([z.string(), z.number()])),
    method: z.optional(z.string()),
    params: z.optional(z.unknown()),
    result: z.optional(z.unknown()),
    error: z.optional(z.object({ code: z.number(), message: z.string() })),
  })
);

/** Something that the program has asked. */
interface Request {
  gone: AbortController;
  taken: PromiseWithResolvers<boolean>;
}

const resolvedSchema = once(() =>
  z.object({ requestId: z.union([z.string(), z.number()]) })
);

type Message = z.infer<ReturnType<typeof messageSchema>>;

/** Speaks JSON-RPC 2.0 with a program, without the member `jsonrpc`, as Codex does. */
export function openRpc(options: RpcOptions): Rpc {
  const writer = options.stdin.getWriter();
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  let closed = false;

  const send = (message: Message) => {
    const line = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
    options.log.write(line);
    writer.write(line).catch(
      ignored("the end of Codex ends all calls that are not answered"),
    );
  };
  const asked = new Map<string | number, Request>();
  const answer = async (id: string | number, notification: Notification) => {
    const gone = new AbortController();
    const taken = Promise.withResolvers<boolean>();
    asked.set(id, { gone, taken });
    const tell = (reply: Partial<Message>) => {
      if (gone.signal.aborted) return Promise.resolve(false);
      send({ id, ...reply });
      return taken.promise;
    };
    await options.onRequest(
      notification,
      gone.signal,
      (result) => tell({ result }),
    ).catch((error) => {
      const code = error instanceof RpcError ? error.code : null;
      tell({ error: { code: code ?? -32602, message: messageOf(error) } });
    });
  };
  /** Codex tells when a request of its own is over, answered or not. */
  const resolve = (params: unknown) => {
    const id = resolvedSchema().safeParse(params).data?.requestId;
    if (id !== undefined) end(id, true);
  };
  const end = (id: string | number, isTaken: boolean) => {
    const request = asked.get(id);
    asked.delete(id);
    request?.taken.resolve(isTaken);
    request?.gone.abort();
  };
  const receive = ({ id, method, params, result, error }: Message) => {
    if (method !== undefined) {
      if (method === "serverRequest/resolved") resolve(params);
      if (id === undefined) options.onNotification({ method, params });
      else answer(id, { method, params });
      return;
    }
    const call = pending.get(Number(id));
    pending.delete(Number(id));
    if (error) call?.reject(new RpcError(error.message, error.code));
    else call?.resolve(result);
  };
  const lines = makeLineSplitter((line) => {
    options.log.write(new TextEncoder().encode(`${line}\n`));
    const message = parseJson(line, messageSchema);
    if (message !== null) receive(message);
  });

  return {
    call(method, params) {
      if (closed) return Promise.reject(gone(method));
      const id = ++lastId;
      const call = Promise.withResolvers<unknown>();
      pending.set(id, call);
      send({ id, method, params });
      return call.promise;
    },
    notify: (method) => send({ method }),
    end() {
      writer.close().catch(ignored("it has ended by itself"));
    },
    push: lines.push,
    close() {
      closed = true;
      for (const id of asked.keys()) end(id, false);
      for (const call of pending.values()) call.reject(gone("its call"));
      pending.clear();
    },
  };
}

function gone(what: string): RpcError {
  return new RpcError(`Codex ended before it answered ${what}`, null);
}
