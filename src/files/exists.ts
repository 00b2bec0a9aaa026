/**
 * Whether something visible is at a path, even a dangling link, unless `look` is
 * `Deno.stat`.
 */
export async function exists(
  path: string,
  look: typeof Deno.stat = Deno.lstat,
): Promise<boolean> {
  return await look(path).then(() => true, () => false);
}

/** Whether a folder, or a link to one, is at a path. */
export async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isDirectory, () => false);
}

/** Whether it is certain that nothing is at a path. */
export async function isGone(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(
    () => false,
    (error) =>
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory,
  );
}
