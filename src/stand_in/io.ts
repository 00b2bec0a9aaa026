import { delay } from "../system/delay.ts";
import { toBytes, writeAllSync } from "../system/write_all.ts";

/** Takes bytes synchronously: a function, or a stream such as `Deno.stdout`. */
export type ByteSink = ((bytes: Uint8Array) => void) | {
  writeSync(bytes: Uint8Array): number;
};

/** What the stand-in needs from its process. */
export interface StandInIo {
  /** The folder of the process. */
  cwd: string;
  stdin: ReadableStream<Uint8Array>;
  /** Whether stdin is a terminal; it is then not read if the prompt is an argument. */
  stdinIsTerminal?: boolean;
  stdout: ByteSink;
  stderr: ByteSink;
  env: Record<string, string>;
  /** Ends the work as SIGINT does. */
  signal?: AbortSignal;
  /** What `--version` says after `agentctl stand-in`. */
  version?: string;
}

/** Writes everything, even if a stream takes only a part at a time. */
export function writeAll(sink: ByteSink, data: string | Uint8Array): void {
  if (typeof sink !== "function") return writeAllSync(sink, data);
  sink(toBytes(data));
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, signal);
  signal.throwIfAborted();
}
