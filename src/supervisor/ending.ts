import type { EndedRecord, RunFailure } from "../run/record.ts";
import { type RunFiles } from "../run/store.ts";
import { readStopRequest } from "../lifecycle/stop_request.ts";
import { watchPaths } from "../files/watch.ts";
import type { TurnEnding } from "../transport/turn.ts";
import { type PausableTimer, startTimer } from "../system/pausable_timer.ts";

/** Why a run is ended from outside. */
export interface EndingCause {
  status: Extract<EndedRecord["status"], "stopped" | "timed_out" | "failed">;
  reason: string;
  /** The first signal that Codex gets. */
  firstSignal: "SIGINT" | "SIGTERM";
  /** For the record, if the reason alone does not say what to do. */
  failure?: RunFailure;
}

/** What may end a run from outside; the first cause counts. */
export interface EndingWatch extends Disposable {
  signal: AbortSignal;
  /** The cause, once `signal` is aborted. */
  cause(): EndingCause | null;
  end(cause: EndingCause): void;
  /** The time limit, which stands still while the worker waits for an answer; `null`: there is none. */
  limit: PausableTimer | null;
}

const SIGNALS: Record<"SIGHUP" | "SIGTERM" | "SIGINT", EndingCause> = {
  SIGHUP: {
    status: "stopped",
    reason: "The pane was closed",
    firstSignal: "SIGTERM",
  },
  SIGTERM: {
    status: "stopped",
    reason: "The supervisor was told to end (SIGTERM)",
    firstSignal: "SIGTERM",
  },
  SIGINT: {
    status: "stopped",
    reason: "Ctrl-C was pressed in the pane",
    firstSignal: "SIGINT",
  },
};

/** Listens for everything that ends a run from outside: signals, a stop request, the time limit. */
export function watchForEnding(
  files: RunFiles,
  timeoutMs: number | null,
): EndingWatch {
  const controller = new AbortController();
  let cause: EndingCause | null = null;
  const end = (newCause: EndingCause) => {
    if (cause !== null) return;
    cause = newCause;
    controller.abort();
  };

  const listeners = (Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]).map(
    (signal) => {
      const listener = () => end(SIGNALS[signal]);
      Deno.addSignalListener(signal, listener);
      return () => Deno.removeSignalListener(signal, listener);
    },
  );

  const limit = timeoutMs === null ? null : startTimer(timeoutMs, () =>
    end({
      status: "timed_out",
      reason: `The time limit of ${timeoutMs / 1000} s was reached`,
      firstSignal: "SIGINT",
    }));

  const checkRequest = async () => {
    const request = await readStopRequest(files);
    if (request) {
      end({ status: "stopped", reason: request.reason, firstSignal: "SIGINT" });
    }
  };
  const watch = watchPaths([files.requests], checkRequest);
  checkRequest();

  return {
    signal: controller.signal,
    cause: () => cause,
    end,
    limit,
    [Symbol.dispose]: () => {
      limit?.[Symbol.dispose]();
      watch[Symbol.dispose]();
      for (const remove of listeners) remove();
    },
  };
}

/** Ends a turn with its run, or alone when `interrupt` is aborted; Codex is then asked politely, as with Ctrl-C. */
export function orInterrupted(
  ending: EndingWatch,
  interrupt: AbortSignal,
): TurnEnding {
  return {
    signal: AbortSignal.any([ending.signal, interrupt]),
    firstSignal: () => ending.cause()?.firstSignal ?? "SIGINT",
  };
}
