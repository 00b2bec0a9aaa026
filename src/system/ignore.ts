/** Where ignored errors and other steps are reported while debugging is on. */
export interface DebugSink {
  ignored(error: unknown, why: string): void;
  step(text: string): void;
  /** Hides more in everything that is reported from now on. */
  hide(redact: (text: string) => string): void;
}

let sink: DebugSink | null = null;

/** Turns debugging on, or off with `null`; returns what was set before. */
export function setDebugSink(next: DebugSink | null): DebugSink | null {
  const before = sink;
  sink = next;
  return before;
}

/**
 * For every error that goes no further: `why` says what happens instead, or why that
 * does not matter. Costs nothing unless debugging is on.
 */
export function ignore(error: unknown, why: string): void {
  sink?.ignored(error, why);
}

/** Like {@linkcode ignore}, but silent if something merely does not exist: that is an answer. */
export function ignoreUnlessAbsent(error: unknown, why: string): void {
  if (sink !== null && !isAbsent(error)) sink.ignored(error, why);
}

/** For the `catch` of a promise: {@linkcode ignore}. */
export function ignored(why: string): (error: unknown) => void {
  return (error) => ignore(error, why);
}

/** For the `catch` of a promise: {@linkcode ignore}, and a value in place of the one expected. */
export function instead<T>(value: T, why: string): (error: unknown) => T {
  return (error) => {
    ignore(error, why);
    return value;
  };
}

/** Like {@linkcode instead}, but silent if something merely does not exist. */
export function insteadOfAbsent<T>(
  value: T,
  why: string,
): (error: unknown) => T {
  return (error) => {
    ignoreUnlessAbsent(error, why);
    return value;
  };
}

/** What a call returns, or a value in its place if it throws; silent if something merely does not exist. */
export function tryOr<T, Value>(
  call: () => T,
  value: Value,
  why: string,
): T | Value {
  try {
    return call();
  } catch (error) {
    ignoreUnlessAbsent(error, why);
    return value;
  }
}

/** Reports a step while debugging is on; the text is made only then. */
export function debugStep(text: () => string): void {
  sink?.step(text());
}

/** Whether anything is reported. */
export function isDebugging(): boolean {
  return sink !== null;
}

/** Hides secrets that have become known, in everything that is reported from now on. */
export function hideFromDebugging(redact: (text: string) => string): void {
  sink?.hide(redact);
}

/** Whether an error says that nothing is at a path. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory;
}
