import { environmentError } from "../system/errors.ts";

/**
 * Throws an `environment` error if a link stands at a path of the store: a
 * worker whose folder holds the workspace could lead a write out of it.
 */
export async function refuseLink(path: string): Promise<void> {
  const info = await Deno.lstat(path).catch(() => null);
  if (info?.isSymlink) {
    throw environmentError(`Cannot write "${path}": it is a link; remove it`);
  }
}
