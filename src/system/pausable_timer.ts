import { MAX_TIMER_MS } from "./delay.ts";

/** A timer that can stand still. */
export interface PausableTimer extends Disposable {
  /** Stops the time until `resume` is called; calls do not add up. */
  pause(): void;
  resume(): void;
}

/** Calls `onEnd` when `milliseconds` have passed that were not paused. */
export function startTimer(
  milliseconds: number,
  onEnd: () => void,
): PausableTimer {
  let isOver = false;
  let left = Math.min(milliseconds, MAX_TIMER_MS);
  let since = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined = setTimeout(
    onEnd,
    left,
  );
  return {
    pause() {
      if (timer === undefined) return;
      clearTimeout(timer);
      timer = undefined;
      left -= performance.now() - since;
    },
    resume() {
      if (timer !== undefined || isOver) return;
      since = performance.now();
      timer = setTimeout(onEnd, Math.max(0, left));
    },
    [Symbol.dispose]() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
