import { isAbsolute } from "@std/path";
import { realPathSoFar } from "./real_path.ts";

/** Where the system has its programs; on some systems `ip` is only on root's PATH. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** A PATH on which common tools are the system's, whatever came before them. */
export function systemFirst(path = ""): string {
  return [...SYSTEM_FOLDERS, ...path.split(":").filter(isAbsolute)].join(":");
}

/** Two forms of a PATH that keep other users' programs from coming first. */
export interface SafePath {
  /** For common tools: only folders that nobody else can write. */
  tools: string;
  /** For a program that may be anywhere: those folders first, the others last. */
  programs: string;
}

/**
 * Sorts the folders of a PATH by whether somebody else may write them, even through a
 * link. Relative folders are left out.
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
