/**
 * A value that is made at first use. Schemas of zod take a millisecond or
 * more to make, which every start of the program would pay.
 */
export function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}
