/** For `catch`: what does not exist needs nothing done. Rethrows any other error. */
export function unlessGone(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
