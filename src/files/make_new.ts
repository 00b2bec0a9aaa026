/** Makes a folder that only its owner can access, unless something is there. The folder above must exist. */
export async function ensureFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { mode: 0o700 }).catch(unlessThere);
}

/**
 * Writes a file that only its owner can access, unless something is there: an
 * existing file stays, and a link is not followed. Returns whether it was written.
 */
export async function writeNewFile(
  path: string,
  data: string,
): Promise<boolean> {
  const writing = Deno.writeTextFile(path, data, {
    createNew: true,
    mode: 0o600,
  });
  return await writing.then(() => true, (error) => {
    unlessThere(error);
    return false;
  });
}

/** For `catch`: nothing need be made that exists already. Rethrows any other error. */
export function unlessThere(error: unknown): void {
  if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
}
