export interface UntilOptions {
  /** Milliseconds until it counts as not happening. */
  within?: number;
  /** Milliseconds between two looks. */
  every?: number;
  /** A folder: also looks whenever something in it changes, and less often otherwise. */
  watch?: string;
  /** Makes the error; a plain `Error` unless told. */
  error?: (message: string) => Error;
}

/** Notes what a look has seen, for the error, and gives it back. */
export type See = <Seen>(seen: Seen) => Seen;

type Truthy<T> = Exclude<T, false | null | undefined | 0 | "">;

/** How long what a test waits for may take, on two busy cores; in milliseconds. */
export const WITHIN_MS = 120_000;
const EVERY_MS = 20;
const EVERY_WATCHED_MS = 1_000;
const SEEN_CHARACTERS = 3_000;

/**
 * Looks until the condition gives something, and returns that. Throws what did
 * not happen in time, with what the last look has seen: what the condition
 * handed to `see`, else what it gave.
 */
export async function until<T>(
  what: string,
  condition: (see: See) => T | Promise<T>,
  options: UntilOptions = {},
): Promise<Truthy<T>> {
  const { within: withinMs = WITHIN_MS, watch } = options;
  const deadline = performance.now() + withinMs;
  let seen: unknown;
  const look = async (): Promise<T> => {
    let noted = false;
    const result = await condition((value) => {
      noted = true;
      seen = value;
      return value;
    });
    if (!noted) seen = result;
    return result;
  };
  using change = watch === undefined
    ? everyMoment(options.every ?? EVERY_MS)
    : changesIn(watch, options.every ?? EVERY_WATCHED_MS);
  const error = () => late(what, { ...options, seen: () => seen });
  for (;;) {
    const left = Math.max(deadline - performance.now(), 1);
    const result = await within(what, look(), { within: left, error });
    if (result) return result as Truthy<T>;
    if (performance.now() > deadline) throw error();
    await change.next();
  }
}

/** Waits for a promise, but not forever: throws what did not happen, and what `seen` gives then. */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  options: Pick<UntilOptions, "within" | "error"> & {
    seen?: () => unknown;
  } = {},
): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(late(what, options)),
    options.within ?? WITHIN_MS,
  );
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function late(
  what: string,
  { within: withinMs = WITHIN_MS, error, seen }: Parameters<typeof within>[2] =
    {},
): Error {
  const last = seen?.();
  const text = typeof last === "string" ? last : Deno.inspect(last);
  const message = `${what}: did not happen within ${
    Math.round(withinMs)
  } ms; last seen: ${text.slice(-SEEN_CHARACTERS)}`;
  return error?.(message) ?? new Error(message);
}

interface Moments extends Disposable {
  next(): Promise<void>;
}

function everyMoment(milliseconds: number): Moments {
  return {
    next: () => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    [Symbol.dispose]() {},
  };
}

/** A change may come between two calls: it counts for the next one. */
function changesIn(folder: string, milliseconds: number): Moments {
  const watcher = Deno.watchFs(folder);
  let changed = Promise.withResolvers<void>();
  let open = true;
  (async () => {
    for await (const _ of watcher) changed.resolve();
    open = false;
  })();
  return {
    async next() {
      const { promise } = changed;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const slow = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, milliseconds);
      });
      await Promise.race([promise, slow]);
      clearTimeout(timer);
      changed = Promise.withResolvers<void>();
    },
    [Symbol.dispose]() {
      if (open) watcher.close();
    },
  };
}
