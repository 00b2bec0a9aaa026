/** What an idle watch needs to know and to tell. */
export interface IdleWatchOptions {
  /** How long a worker may do nothing at all. */
  limitMs: number;
  /** Processor seconds that the worker and its children have used so far. */
  cpuSeconds: () => Promise<number>;
  /** Half of the time has passed in silence. */
  onQuiet: () => void;
  /** The limit is reached. */
  onIdle: () => void;
}

/** Ends a worker that does nothing: tell it of every output with `touch`. */
export interface IdleWatch extends Disposable {
  touch(): void;
}

/** A worker that uses less of a processor than this waits and does not work. */
const BUSY_PART = 0.02;

/**
 * Watches for a worker that gives no event and no output, and has no child
 * that uses the processor. A tool that computes for an hour is quiet and busy,
 * and is left alone.
 */
export function watchIdleness(options: IdleWatchOptions): IdleWatch {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since = performance.now();
  let ended = false;
  let before = 0;

  const restart = () => {
    since = performance.now();
    schedule(options.limitMs / 2, halfTime);
  };
  const schedule = (delayMs: number, then: () => Promise<void>) => {
    clearTimeout(timer);
    if (!ended) {
      timer = setTimeout(() => then().catch(() => restart()), delayMs);
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
    // Less than before means that something has ended, which is work too.
    const busy = used < 0 || used > BUSY_PART * options.limitMs / 2 / 1_000;
    if (busy) return restart();
    options.onIdle();
  };
  restart();
  return {
    touch: restart,
    [Symbol.dispose]: () => {
      ended = true;
      clearTimeout(timer);
    },
  };
}
