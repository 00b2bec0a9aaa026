import { basename, dirname, join } from "@std/path";

/** The real path of what may not exist yet: of the part of it that does, with the rest behind it. */
export async function realPathSoFar(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch {
    const parent = dirname(path);
    if (parent === path) return path;
    return join(await realPathSoFar(parent), basename(path));
  }
}

/** Whether a path is a folder or lies in it; both absolute and normal. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder ||
    path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}
