/** For `catch`: what was removed meanwhile needs no repair. Throws any other error on. */
export function unlessGone(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
