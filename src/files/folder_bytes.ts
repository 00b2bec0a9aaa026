import { join } from "@std/path";
import { entriesIfReadable } from "./entries_in.ts";
import { linkInfoAt } from "./exists.ts";

/** What the files below a folder take on the disk. */
export interface FolderBytes {
  bytes: number;
  /** Whether all were counted in the time. */
  complete: boolean;
}

/** Counts what a folder takes on the disk, for a limited time in milliseconds; nothing if it does not exist. */
export async function folderBytes(
  folder: string,
  timeMs: number,
): Promise<FolderBytes> {
  const end = Date.now() + timeMs;
  const folders = [folder];
  let bytes = 0;
  for (let next; (next = folders.pop()) !== undefined;) {
    if (Date.now() > end) return { bytes, complete: false };
    const why = "a folder that cannot be read counts as empty";
    for (const { name, isDirectory } of await entriesIfReadable(next, why)) {
      const path = join(next, name);
      if (isDirectory) folders.push(path);
      const info = await linkInfoAt(path);
      // Blocks of 512 bytes: a file can have holes.
      if (info) bytes += info.blocks === null ? info.size : info.blocks * 512;
    }
  }
  return { bytes, complete: true };
}
