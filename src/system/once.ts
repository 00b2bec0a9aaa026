/**
 * A value that is made on first use. Zod schemas take a millisecond or more to
 * build, which every start of the program would pay for.
 */
export function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}
