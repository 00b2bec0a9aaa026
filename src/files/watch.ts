import { basename, dirname, join } from "@std/path";
import { infoAtSync, realPathAtSync } from "./exists.ts";
import {
  ignore,
  ignored,
  ignoreUnlessAbsent,
  tryOr,
} from "../system/ignore.ts";

/** How often we look besides watching: a network file system does not report what other machines change. */
const BESIDE_WATCH_MS = 5_000;

/** How often we look if the system has no watches left. */
const WITHOUT_WATCH_MS = 1_000;

/**
 * Calls `onChange` whenever something changes in the folders (or the files), with
 * the paths that the system names, and, because it may name none, every few seconds
 * with `null`: then the callee must look. The paths need not exist.
 */
export function watchPaths(
  paths: readonly string[],
  onChange: (changed: readonly string[] | null) => void,
): Disposable {
  const watcher = openWatcher(paths, onChange);
  let isStuck = false;
  const look = () => {
    isStuck ||= watcher !== null && paths.some(holdsPipe);
    onChange(null);
  };
  const timer = setInterval(
    look,
    watcher === null ? WITHOUT_WATCH_MS : BESIDE_WATCH_MS,
  );
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      // The watch's thread opens what it reports. It would wait for a named pipe forever, and we for it.
      if (watcher === null || isStuck || paths.some(holdsPipe)) return;
      try {
        watcher.close();
      } catch (error) {
        ignore(
          error,
          "the watch has ended itself, as it does when the folder is removed",
        );
      }
    },
  };
}

/** A watch for callers that wait for one change after another. */
export interface Watch extends Disposable {
  /** Resolves at the next change (in the given folder only, if there is one), or when it is time to look. */
  changed(folder?: string): Promise<void>;
}

/** Watches folders like {@linkcode watchPaths}; with `name`, only the files of that name. */
export function watchFolders(
  folders: readonly string[],
  name?: string,
): Watch {
  // macOS reports a folder by its path without symbolic links (FSEvents).
  const reals = new Map<string, string>();
  const realOf = (folder: string) => {
    const real = reals.get(folder) ?? realPathAtSync(folder);
    if (real !== null) reals.set(folder, real);
    return real;
  };
  const waiting = new Set<{ folder: string | undefined; resolve(): void }>();
  const watch = watchPaths(folders, (changed) => {
    // By name, because the system may report the path without symbolic links.
    const named = changed?.filter((path) =>
      name === undefined || basename(path) === name
    );
    const isMeant = (folder?: string) =>
      named?.some((path) =>
        folder === undefined || dirname(path) === folder ||
        dirname(path) === realOf(folder)
      ) ?? true;
    for (const waiter of waiting) {
      if (isMeant(waiter.folder) && waiting.delete(waiter)) waiter.resolve();
    }
  });
  return {
    changed: (folder) =>
      new Promise((resolve) => {
        waiting.add({ folder, resolve });
      }),
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}

/** `null` if the system has no watches left, or nothing is there. */
function openWatcher(
  paths: readonly string[],
  onChange: (changed: readonly string[]) => void,
): Deno.FsWatcher | null {
  try {
    const watcher = Deno.watchFs([...paths], { recursive: false });
    (async () => {
      for await (const event of watcher) onChange(event.paths);
    })().catch(ignored("the timer checks instead of the watch"));
    return watcher;
  } catch (error) {
    ignoreUnlessAbsent(error, "the timer checks instead of a watch");
    return null;
  }
}

function holdsPipe(folder: string): boolean {
  const why = "a file, or a folder that is gone, holds no pipe";
  return tryOr(() => [...Deno.readDirSync(folder)], [], why).some((
    { name, isFile, isDirectory },
  ) => !isFile && !isDirectory && isPipe(join(folder, name)));
}

function isPipe(path: string): boolean {
  return infoAtSync(path)?.isFifo === true;
}
