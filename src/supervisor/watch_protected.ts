import { join, relative } from "@std/path";
import type { RunProtection } from "../run/guard.ts";
import { linkInfoAt } from "../files/exists.ts";
import { ignoreUnlessAbsent } from "../system/ignore.ts";
import { firstOf } from "../text/wording.ts";

/** How many files are checked at most; users keep far fewer there. */
const MAX_FILES = 5_000;

/** How many names a warning gives. */
const MAX_NAMES = 10;

/**
 * Inspects the protected paths of a folder before a worker that could write
 * them runs. The returned function says in one line what has changed since, if
 * anything has; git does not report files that it is told to ignore.
 */
export async function watchProtected(
  cwd: string,
  protection: RunProtection | null,
): Promise<() => Promise<string[]>> {
  const paths = protection?.paths ?? [];
  const before = await look(cwd, paths);
  return async () => {
    const after = await look(cwd, paths);
    const names = new Set([...before.keys(), ...after.keys()]);
    const changed = [...names].filter((name) =>
      before.get(name) !== after.get(name)
    ).sort();
    if (changed.length === 0) return [];
    return [
      `Changed without a guard, and other programs may obey it: ${
        firstOf(changed, MAX_NAMES)
      }`,
    ];
  };
}

/** What is known about each file; the kernel sets the last part, whatever a worker does. */
async function look(
  cwd: string,
  paths: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const walk = async (path: string) => {
    if (found.size >= MAX_FILES) return;
    const info = await linkInfoAt(path);
    if (info === null) return;
    if (!info.isDirectory) {
      found.set(
        relative(cwd, path),
        [info.ino, info.size, info.mtime?.getTime(), info.ctime?.getTime()]
          .join(),
      );
      return;
    }
    try {
      for await (const { name } of Deno.readDir(path)) {
        await walk(join(path, name));
      }
    } catch (error) {
      ignoreUnlessAbsent(error, "what cannot be read counts as empty");
    }
  };
  for (const path of paths) await walk(join(cwd, path));
  return found;
}
