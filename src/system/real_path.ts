import { basename, dirname, join } from "@std/path";
import { ignoreUnlessAbsent } from "./ignore.ts";

/** The real path of something that may not exist yet: that of the part that does, followed by the rest. */
export async function realPathSoFar(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    ignoreUnlessAbsent(error, "the folder above is resolved instead");
    const parent = dirname(path);
    if (parent === path) return path;
    return join(await realPathSoFar(parent), basename(path));
  }
}

/** Whether a path is a folder or inside it; both must be absolute and normalized. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder ||
    path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
