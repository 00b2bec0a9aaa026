import { isAbsolute } from "@std/path";
import { realPathSoFar } from "./real_path.ts";

/** Where the system has its programs; `ip` is on the PATH of root alone, in some. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** A PATH on which tools that any system has are the system's, whatever lies before them. */
export function systemFirst(path = ""): string {
  return [...SYSTEM_FOLDERS, ...path.split(":").filter(isAbsolute)].join(":");
}

/** A value of PATH in two forms that keep programs of others from coming first. */
export interface SafePath {
  /** For tools that any system has: only folders in which nobody else writes. */
  tools: string;
  /** For a program that may lie anywhere: those folders first, the others last. */
  programs: string;
}

/**
 * Sorts the folders of a PATH by whether somebody else may write them, also
 * through a link. Folders that depend on where a program is started are left out.
 */
export async function safePath(
  path: string,
  isWritable: (path: string) => boolean,
): Promise<SafePath> {
  const safe: string[] = [];
  const others: string[] = [];
  for (const folder of path.split(":").filter(isAbsolute)) {
    const real = await realPathSoFar(folder);
    (isWritable(folder) || isWritable(real) ? others : safe).push(folder);
  }
  const tools = [...new Set([...safe, ...SYSTEM_FOLDERS])];
  return {
    tools: tools.join(":"),
    programs: [...new Set([...tools, ...others])].join(":"),
  };
}
