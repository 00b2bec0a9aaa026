import type { JSONRPCMessage, RequestId, Transport } from "./sdk.ts";

/** A transport that knows which requests have not been answered. */
export interface WatchedTransport extends Transport {
  /** Calls a function once the answer to a request has been written; never if it is an error or is not written. */
  afterAnswer(id: RequestId, action: () => Promise<void>): void;
  /** Resolves when these functions have finished for all answers whose writing has begun. */
  afterwords(): Promise<void>;
  /** Resolves when all requests have been answered. */
  answered(): Promise<void>;
}

/** Watches incoming requests and outgoing answers. */
export function watchTransport(inner: Transport): WatchedTransport {
  const open = new Set<RequestId>();
  const actions = new Map<RequestId, () => Promise<void>>();
  const following = new Set<Promise<void>>();
  let idle: (() => void)[] = [];

  const close = (id: RequestId) => {
    open.delete(id);
    actions.delete(id);
    if (open.size > 0) return;
    for (const resolve of idle) resolve();
    idle = [];
  };
  const note = (message: JSONRPCMessage) => {
    if (!("method" in message)) return;
    if ("id" in message) open.add(message.id);
    if (message.method === "notifications/cancelled") {
      // The SDK does not answer a cancelled request.
      const id = message.params?.["requestId"];
      if (typeof id === "string" || typeof id === "number") close(id);
    }
  };
  const watched: WatchedTransport = {
    async start() {
      inner.onmessage = (message, extra) => {
        note(message);
        watched.onmessage?.(message, extra);
      };
      inner.onclose = () => watched.onclose?.();
      inner.onerror = (error) => watched.onerror?.(error);
      await inner.start();
    },
    send(message, options) {
      const id = "method" in message ? undefined : message.id;
      const sent = inner.send(message, options);
      if (id === undefined) return sent;
      const isGood = "result" in message && !message.result["isError"];
      const rest = sent.then(() => isGood ? actions.get(id)?.() : undefined)
        .finally(() => {
          following.delete(rest);
          close(id);
        });
      following.add(rest);
      return rest;
    },
    close: () => inner.close(),
    afterAnswer: (id, action) => {
      if (open.has(id)) actions.set(id, action);
    },
    async afterwords() {
      await Promise.allSettled(following);
    },
    answered: () =>
      open.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => idle.push(resolve)),
  };
  return watched;
}
