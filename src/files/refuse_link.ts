import { environmentError } from "../system/errors.ts";
import { linkInfoAt } from "./exists.ts";

/**
 * Throws an `environment` error if a path of the store is a link: a worker whose
 * folder holds the workspace could redirect a write.
 */
export async function refuseLink(path: string): Promise<void> {
  const info = await linkInfoAt(path);
  if (info?.isSymlink) {
    throw environmentError(`Cannot write "${path}": it is a link; remove it`);
  }
}
