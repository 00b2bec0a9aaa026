/** For `catch`: nothing need be done for a file that does not exist. Rethrows any other error. */
export function unlessGone(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
