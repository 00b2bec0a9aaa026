import { MAX_TIMER_MS } from "./delay.ts";

/** A timer that can be paused. */
export interface PausableTimer extends Disposable {
  /** Stops the clock until `resume` is called, however often it was paused. */
  pause(): void;
  resume(): void;
}

/** Calls `onEnd` once `milliseconds` have passed, not counting pauses. */
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
