import { basename, dirname, join } from "@std/path";

/** The real path of a file or folder that may not exist yet, or no longer. */
export async function realPathSoFar(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch {
    const parent = dirname(path);
    if (parent === path) return path;
    return join(await realPathSoFar(parent), basename(path));
  }
}
