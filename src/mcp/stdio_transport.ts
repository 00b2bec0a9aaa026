import { escapeInJson } from "../text/sanitize.ts";
import { deserializeMessage, serializeMessage, type Transport } from "./sdk.ts";

/** The streams of a client that started this process. */
export interface StdioStreams {
  input: ReadableStream<Uint8Array<ArrayBuffer>>;
  output: WritableStream<Uint8Array<ArrayBuffer>>;
}

/** A transport over stdin and stdout. */
export interface StdioTransport extends Transport {
  /** Resolves when the client has closed its end. */
  ended: Promise<void>;
}

/**
 * Messages as lines of JSON. The SDK's own transport considers a message sent once
 * it is buffered, does not notice the end of stdin, and crashes if the reader has
 * gone; here `send` resolves when the bytes have left this process.
 */
export function stdioTransport(streams: StdioStreams): StdioTransport {
  const ended = Promise.withResolvers<void>();
  const writer = streams.output.getWriter();
  const transport: StdioTransport = {
    ended: ended.promise,
    start() {
      readLines(streams.input, (line) => {
        try {
          transport.onmessage?.(deserializeMessage(line));
        } catch (error) {
          transport.onerror?.(error as Error);
        }
      }).catch((error) => transport.onerror?.(error)).finally(ended.resolve);
      return Promise.resolve();
    },
    async send(message) {
      try {
        await writer.write(
          new TextEncoder().encode(escapeInJson(serializeMessage(message))),
        );
      } catch (error) {
        // Nobody reads any more, so there will be no more requests.
        ended.resolve();
        throw error;
      }
    },
    close() {
      ended.resolve();
      transport.onclose?.();
      return Promise.resolve();
    },
  };
  return transport;
}

async function readLines(
  input: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of input.pipeThrough(new TextDecoderStream())) {
    const lines = text.split("\n");
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") onLine(line);
  }
}
