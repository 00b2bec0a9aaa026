import { ignore } from "../system/ignore.ts";

/** What an idle watch needs to know, and its callbacks. */
export interface IdleWatchOptions {
  /** How long a worker may do nothing. */
  limitMs: number;
  /** Processor seconds that the worker and its children have used so far. */
  cpuSeconds: () => Promise<number>;
  /** Called when half of the time has passed in silence. */
  onQuiet: () => void;
  /** Called when the limit is reached. */
  onIdle: () => void;
}

/** Ends a worker that does nothing; call `touch` for every output. */
export interface IdleWatch extends Disposable {
  touch(): void;
  /** Stops watching until `resume` is called: the worker waits for somebody else. */
  pause(): void;
  resume(): void;
}

/** A worker that uses less of a processor than this is waiting, not working. */
const BUSY_PART = 0.02;

/**
 * Watches for a worker that produces no events and no output, and has no child
 * that uses the processor. A tool that computes for an hour is quiet but busy,
 * and is left alone.
 */
export function watchIdleness(options: IdleWatchOptions): IdleWatch {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since = performance.now();
  let ended = false;
  let paused = false;
  let before = 0;

  const restart = () => {
    since = performance.now();
    schedule(options.limitMs / 2, halfTime);
  };
  const schedule = (delayMs: number, then: () => Promise<void>) => {
    clearTimeout(timer);
    if (!ended && !paused) {
      timer = setTimeout(() =>
        then().catch((error) => {
          ignore(error, "idleness is measured again from now on");
          restart();
        }), delayMs);
    }
  };
  const halfTime = async () => {
    const begun = since;
    before = await options.cpuSeconds();
    if (begun !== since || ended) return;
    options.onQuiet();
    schedule(options.limitMs - (performance.now() - since), fullTime);
  };
  const fullTime = async () => {
    const begun = since;
    const used = await options.cpuSeconds() - before;
    if (begun !== since || ended) return;
    // Less than before means that a process has ended, and that is a sign of work too.
    const busy = used < 0 || used > BUSY_PART * options.limitMs / 2 / 1_000;
    if (busy) return restart();
    options.onIdle();
  };
  restart();
  return {
    touch: restart,
    pause() {
      paused = true;
      restart();
    },
    resume() {
      paused = false;
      restart();
    },
    [Symbol.dispose]: () => {
      ended = true;
      clearTimeout(timer);
    },
  };
}
