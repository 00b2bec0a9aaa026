import { dirname, join, resolve } from "@std/path";
import { Refused } from "./refused.ts";
import { infoAtSync } from "../files/exists.ts";

/** Codex's home; a named one must exist. Throws {@linkcode Refused} if it does not. */
export function findCodexHome(env: Record<string, string>): string {
  if (!env.CODEX_HOME) return join(env.HOME ?? "/", ".codex");
  if (!isDirectory(env.CODEX_HOME)) {
    throw new Refused(
      `Error finding codex home: CODEX_HOME points to ${
        JSON.stringify(env.CODEX_HOME)
      }, but that path does not exist`,
    );
  }
  return env.CODEX_HOME;
}

/** The real path of the worker's folder. Throws {@linkcode Refused} if there is none. */
export function findFolder(
  processFolder: string,
  option: string | undefined,
): string {
  const folder = resolve(processFolder, option ?? ".");
  if (!isDirectory(folder)) {
    throw new Refused("Error: No such file or directory (os error 2)");
  }
  return Deno.realPathSync(folder);
}

/**
 * Whether the folder or one above it holds a `.git` with something in it:
 * Codex's sandbox leaves an empty one in every folder that it protects, such
 * as /tmp.
 */
export function isInRepository(folder: string): boolean {
  for (let current = folder;; current = dirname(current)) {
    const git = join(current, ".git");
    if (infoAtSync(git)?.isFile || infoAtSync(join(git, "HEAD"))) return true;
    if (dirname(current) === current) return false;
  }
}

function isDirectory(path: string): boolean {
  return infoAtSync(path)?.isDirectory ?? false;
}
