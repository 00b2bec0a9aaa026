import { makeServer, type ServerParts } from "./server.ts";
import { type StdioStreams, stdioTransport } from "./stdio_transport.ts";
import { watchTransport } from "./watched_transport.ts";

/** How often a long wait reports its progress: clients give up after a silent minute. */
export const PROGRESS_EVERY_MS = 15_000;

/**
 * Serves the client at the other end of the streams until it closes them.
 * Waits end with it; anything else in progress, such as a start, is finished first.
 */
export async function serveMcp(
  parts: Pick<
    ServerParts,
    "fleet" | "say" | "caller" | "workspaceOption" | "clientAsks"
  >,
  streams: StdioStreams,
): Promise<void> {
  const stdio = stdioTransport(streams);
  const transport = watchTransport(stdio);
  const closing = new AbortController();
  const server = makeServer({
    ...parts,
    closing: closing.signal,
    afterAnswer: transport.afterAnswer,
    afterwords: transport.afterwords,
    progressEveryMs: PROGRESS_EVERY_MS,
  });
  await server.connect(transport);
  await stdio.ended;
  closing.abort();
  await transport.answered();
  await server.close();
}
