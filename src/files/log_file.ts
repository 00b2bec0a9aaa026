import { writeAllSync } from "../system/write_all.ts";
import { linkInfoAtSync } from "./exists.ts";

/** A file that keeps what Codex prints; a full disk stops the log, not the run. */
export interface LogFile {
  write(bytes: Uint8Array): void;
}

/**
 * Opens a file that keeps what a worker prints. If the disk refuses, `onError` is
 * called once and the rest is dropped: a run is worth more than its log.
 */
export function openLogFile(
  path: string,
  onError: (error: unknown) => void,
): LogFile {
  let file: Deno.FsFile | null = null;
  const fail = (error: unknown) => {
    file = null;
    onError(error);
  };
  try {
    refuseOther(path);
    file = Deno.openSync(path, { append: true, create: true, mode: 0o600 });
    refuseSwapped(path, file);
  } catch (error) {
    fail(error);
  }
  return {
    write(bytes) {
      if (file === null) return;
      try {
        writeAllSync(file, bytes);
      } catch (error) {
        fail(error);
      }
    },
  };
}

/** Through a link it could write anywhere, and opening a named pipe would wait for a reader. */
function refuseOther(path: string): void {
  const info = linkInfoAtSync(path);
  if (info?.isFile === false) throw new Error(`"${path}" is not a file`);
}

/** Something else may have taken its place before it was opened. */
function refuseSwapped(path: string, file: Deno.FsFile): void {
  const [named, opened] = [linkInfoAtSync(path), file.statSync()];
  if (named?.ino === opened.ino && named.dev === opened.dev) return;
  file.close();
  throw new Error(`"${path}" was replaced while it was opened`);
}
