import { whenReaderGoes } from "./standard_output.ts";

/** How a user or the system ends a program before it is done: Ctrl-C, `kill`, a closed terminal. */
export const INTERRUPTIONS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** As long as it is not disposed, the program outlives what would end it, so that it can put things in order. */
export interface Interruption extends Disposable {
  /** Aborted by the first of the signals, or when the reader of the output has gone. */
  signal: AbortSignal;
}

/** Lets a command that has something to remove end in order. It must end soon after `signal` is aborted. */
export function watchInterruption(): Interruption {
  const controller = new AbortController();
  const interrupt = () => controller.abort();
  const reader = whenReaderGoes(interrupt);
  for (const name of INTERRUPTIONS) Deno.addSignalListener(name, interrupt);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of INTERRUPTIONS) {
        Deno.removeSignalListener(name, interrupt);
      }
      reader[Symbol.dispose]();
    },
  };
}
