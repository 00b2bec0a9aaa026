/** For `catch`: what is not there needs nothing done. Throws any other error on. */
export function unlessGone(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
