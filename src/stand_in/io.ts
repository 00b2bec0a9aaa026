/** Takes bytes at once: a function, or a stream such as `Deno.stdout`. */
export type ByteSink = ((bytes: Uint8Array) => void) | {
  writeSync(bytes: Uint8Array): number;
};

/** What the stand-in has of the world. */
export interface StandInIo {
  /** Folder of the process. */
  cwd: string;
  stdin: ReadableStream<Uint8Array>;
  /** Whether stdin is a person's terminal; it is then not read for a prompt given as argument. */
  stdinIsTerminal?: boolean;
  stdout: ByteSink;
  stderr: ByteSink;
  env: Record<string, string>;
  /** Ends the work like SIGINT does. */
  signal?: AbortSignal;
  /** What `--version` says after `agentctl stand-in`. */
  version?: string;
}

const encoder = new TextEncoder();

/** Writes everything, also where a stream takes only a part at a time. */
export function writeAll(sink: ByteSink, data: string | Uint8Array): void {
  const bytes = typeof data === "string" ? encoder.encode(data) : data;
  if (typeof sink === "function") return sink(bytes);
  for (let written = 0; written < bytes.length;) {
    written += sink.writeSync(bytes.subarray(written));
  }
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
