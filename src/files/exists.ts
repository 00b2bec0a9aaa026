/**
 * Whether something stands at a path where it can be seen: also a link that
 * leads nowhere, unless `look` is `Deno.stat`.
 */
export async function exists(
  path: string,
  look: typeof Deno.stat = Deno.lstat,
): Promise<boolean> {
  return await look(path).then(() => true, () => false);
}

/** Whether a folder, or a link to one, stands at a path. */
export async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isDirectory, () => false);
}
