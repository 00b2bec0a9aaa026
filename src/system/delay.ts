/** The longest delay that a timer accepts: with a longer one it would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Resolves after a time (25 days at most), or as soon as the signal is aborted. */
export function delay(
  milliseconds: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(milliseconds, MAX_TIMER_MS));
    signal?.addEventListener("abort", end);
  });
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}

/** Waits for a promise, but not longer than `milliseconds`; resolves to `null` then. */
export async function waitAtMost<T>(
  promise: Promise<T>,
  milliseconds: number,
): Promise<T | null> {
  const given = new AbortController();
  try {
    return await Promise.race([
      promise,
      delay(milliseconds, given.signal).then(() => null),
    ]);
  } finally {
    given.abort();
  }
}
