import { Lost } from "./fault.ts";

/** Waits for a promise, but not for ever. Throws {@linkcode Lost} with the words. */
export async function within<T>(
  promise: Promise<T>,
  milliseconds: number,
  words: () => string,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Lost(words())), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
