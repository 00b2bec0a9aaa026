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

/** What a promise resolves to, or `late` if that takes longer than a time in milliseconds. */
export async function inTime<T, Late>(
  promise: Promise<T>,
  milliseconds: number,
  late: Late,
): Promise<T | Late> {
  const over = new AbortController();
  const timeUp = delay(milliseconds, over.signal).then(() => late);
  return await Promise.race([promise, timeUp]).finally(() => over.abort());
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
