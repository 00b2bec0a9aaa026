import { dirname } from "@std/path";

/** The folder itself, or the nearest above it that exists. */
export async function existingFolder(path: string): Promise<string> {
  for (let folder = path;; folder = dirname(folder)) {
    const info = await Deno.stat(folder).catch(() => null);
    if (info?.isDirectory || dirname(folder) === folder) return folder;
  }
}
