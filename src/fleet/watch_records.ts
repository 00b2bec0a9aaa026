import { basename, dirname } from "@std/path";

/** Tells when records of runs change. */
export interface RecordWatcher extends Disposable {
  /** Resolves at the next change of the record in that folder; never, if watching is not possible. */
  changed(folder: string): Promise<void>;
}

/**
 * Watches the records (`meta.json`) of the given run folders. Where the system
 * has no watch left, nothing is ever seen: who waits must have the run's lock
 * as a second source.
 */
export function watchRecords(folders: string[]): RecordWatcher {
  const waiting = new Map<string, (() => void)[]>();
  const watcher = openWatcher(folders);
  const pump = async () => {
    if (watcher === null) return;
    for await (const event of watcher) {
      for (const path of event.paths) {
        if (basename(path) !== "meta.json") continue;
        const folder = dirname(path);
        const resolvers = waiting.get(folder) ?? [];
        waiting.delete(folder);
        for (const resolve of resolvers) resolve();
      }
    }
  };
  pump().catch(() => {});
  return {
    changed: (folder) =>
      new Promise((resolve) =>
        waiting.set(folder, [...waiting.get(folder) ?? [], resolve])
      ),
    [Symbol.dispose]: () => {
      try {
        watcher?.close();
      } catch {
        // It has ended by itself, as it does when the folders are removed.
      }
    },
  };
}

function openWatcher(folders: string[]): Deno.FsWatcher | null {
  try {
    return Deno.watchFs(folders, { recursive: false });
  } catch {
    // Out of inotify instances or watches, or the folder is gone.
    return null;
  }
}
