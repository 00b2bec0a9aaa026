import type { EndedRecord } from "../run/record.ts";
import type { RequestExtra } from "./answer.ts";
import { runLine } from "../view/run_line.ts";
import { ignored } from "../system/ignore.ts";

export interface ProgressOptions {
  everyMs: number;
  totalSeconds: number;
  /** How many runs the client waits for. */
  runs: number;
}

/** Reports to a client how its wait is going. */
export interface Progress extends Disposable {
  ended(record: EndedRecord): void;
}

/**
 * Notifies a client that asked for it (with a progress token) whenever a run
 * ends, and now and then in between. The number is the seconds that have
 * passed, because the protocol requires it to increase with every notification.
 */
export function reportProgress(
  extra: RequestExtra,
  { everyMs, totalSeconds, runs }: ProgressOptions,
): Progress {
  const progressToken = extra._meta?.progressToken;
  if (progressToken === undefined) {
    return { ended: () => {}, [Symbol.dispose]: () => {} };
  }
  const begin = performance.now();
  let last = 0;
  let count = 0;
  const tell = (words: string) => {
    last = Math.max(last + 0.001, (performance.now() - begin) / 1000);
    extra.sendNotification({
      method: "notifications/progress",
      params: {
        progressToken,
        progress: Number(last.toFixed(3)),
        total: Math.max(totalSeconds, Math.ceil(last)),
        message: `${count} of ${runs} ended${words}`,
      },
    }).catch(ignored("a client that has gone needs no progress"));
  };
  const timer = setInterval(() => tell(""), everyMs);
  return {
    ended: (record) => {
      count++;
      tell(`: ${runLine(record)}`);
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
