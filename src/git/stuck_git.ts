import { join } from "@std/path";
import { environmentError } from "../system/errors.ts";
import { entriesIfReadable } from "../files/entries_in.ts";
import { infoAt } from "../files/exists.ts";
import { instead } from "../system/ignore.ts";

/** Files that git opens wherever it finds them, and reads to their end. */
const OPENED_BY_GIT = [".gitignore", ".gitattributes"];

/** A call that takes longer may be waiting for a file that never ends. */
const LOOK_AFTER_MS = 5_000;

/**
 * Aborts a git call that takes long as soon as it finds a file in its work tree
 * that git would wait for forever: a named pipe with the name of an ignore or
 * attributes file. Returns a function that ends the watch.
 */
export function watchForPipes(
  root: string,
  controller: AbortController,
): Disposable {
  let looking = false;
  const look = async () => {
    if (looking) return;
    looking = true;
    const path = await findPipe(root, controller.signal).catch(
      instead(null, "the next look searches again"),
    );
    looking = false;
    if (path === null) return;
    controller.abort(environmentError(
      `Cannot run git in "${root}": "${path}" is not a file, so git would wait for it forever; remove it`,
    ));
  };
  const timer = setInterval(look, LOOK_AFTER_MS);
  Deno.unrefTimer(timer);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** The first such file, from the top of the work tree; `null` if there is none. */
async function findPipe(
  root: string,
  signal: AbortSignal,
): Promise<string | null> {
  const folders = [""];
  for (let folder; (folder = folders.pop()) !== undefined;) {
    if (signal.aborted) return null;
    const entries = await entriesIfReadable(
      join(root, folder),
      "a folder that cannot be read holds no pipe",
    );
    for (const { name, isDirectory } of entries) {
      const path = join(folder, name);
      if (OPENED_BY_GIT.includes(name)) {
        const info = await infoAt(join(root, path));
        if (info && !info.isFile && !info.isDirectory) return path;
      }
      if (isDirectory && name !== ".git") folders.push(path);
    }
  }
  return null;
}
