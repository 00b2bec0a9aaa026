/** Where the system has no watch left, a folder is looked at this often. */
const UNWATCHED_CHECK_MS = 1_000;

/** Calls `onChange` whenever something changes in a folder; returns what ends that. */
export function watchFolder(folder: string, onChange: () => void): () => void {
  try {
    const watcher = Deno.watchFs(folder, { recursive: false });
    (async () => {
      for await (const _ of watcher) onChange();
    })().catch(() => {});
    return () => {
      try {
        watcher.close();
      } catch {
        // It has ended by itself, as it does when the folder is removed.
      }
    };
  } catch {
    const timer = setInterval(onChange, UNWATCHED_CHECK_MS);
    return () => clearInterval(timer);
  }
}
