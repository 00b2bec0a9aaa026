import { assertEquals, assertRejects } from "@std/assert";
import { watchTransport } from "../../src/mcp/watched_transport.ts";
import type { JSONRPCMessage, Transport } from "./sdk_client.ts";

/** A transport whose writes end when the test says so. */
function slowTransport() {
  let write = Promise.withResolvers<void>();
  const inner: Transport = {
    start: () => Promise.resolve(),
    send: () => write.promise,
    close: () => Promise.resolve(),
  };
  return {
    inner,
    receive: (message: JSONRPCMessage) => inner.onmessage?.(message),
    written: () => write.resolve(),
    broken: () => write.reject(new Error("Nobody reads")),
    again: () => write = Promise.withResolvers<void>(),
  };
}

const ASK: JSONRPCMessage = { jsonrpc: "2.0", id: 7, method: "tools/call" };

Deno.test("watchTransport() does what follows an answer once it was written, not before", async () => {
  const slow = slowTransport();
  const watched = watchTransport(slow.inner);
  await watched.start();
  const log: string[] = [];
  slow.receive(ASK);
  watched.afterAnswer(7, () => Promise.resolve(void log.push("followed")));
  const sent = watched.send({ jsonrpc: "2.0", id: 7, result: {} });
  const afterwords = watched.afterwords().then(() => log.push("afterwords"));
  await Promise.resolve();
  assertEquals(log, []);
  slow.written();
  await sent;
  await afterwords;
  assertEquals(log, ["followed", "afterwords"]);
  await watched.answered();
});

Deno.test("watchTransport() does nothing after an answer that is an error, is not written, or is to nothing", async () => {
  const slow = slowTransport();
  const watched = watchTransport(slow.inner);
  await watched.start();
  const log: string[] = [];
  const note = () => Promise.resolve(void log.push("followed"));
  watched.afterAnswer(7, note);
  slow.receive(ASK);
  slow.written();
  await watched.send({ jsonrpc: "2.0", id: 7, result: {} });

  slow.receive(ASK);
  watched.afterAnswer(7, note);
  await watched.send({ jsonrpc: "2.0", id: 7, result: { isError: true } });

  slow.receive(ASK);
  watched.afterAnswer(7, note);
  slow.again();
  slow.broken();
  await assertRejects(() =>
    watched.send({ jsonrpc: "2.0", id: 7, result: {} })
  );
  await watched.answered();
  await watched.afterwords();
  assertEquals(log, []);
});

Deno.test("answered() waits for requests, but not for those that were cancelled", async () => {
  const slow = slowTransport();
  const watched = watchTransport(slow.inner);
  await watched.start();
  const log: string[] = [];
  slow.receive(ASK);
  slow.receive({ ...ASK, id: 8 });
  const answered = watched.answered().then(() => log.push("answered"));
  slow.receive({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 7 },
  });
  slow.written();
  await Promise.resolve();
  assertEquals(log, []);
  await watched.send({ jsonrpc: "2.0", id: 8, result: {} });
  await answered;
  assertEquals(log, ["answered"]);
});
