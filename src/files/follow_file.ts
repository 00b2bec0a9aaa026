import { watchPaths } from "./watch.ts";
import { ignore } from "../system/ignore.ts";

/** A growing file, read to its current end. */
export interface FollowedFile extends Disposable {
  /** Reads what has been appended; resolves when everything that was there when it was called has been passed on. */
  read(): Promise<void>;
}

const CHUNK_BYTES = 64 * 1024;

/**
 * Passes on the bytes of a file from its beginning, and then whatever is
 * appended, whenever the system reports a change and every few seconds. Throws
 * if the file cannot be opened.
 */
export function followFile(
  path: string,
  onBytes: (bytes: Uint8Array) => void,
): FollowedFile {
  // Opening a named pipe would wait for a writer.
  if (!Deno.statSync(path).isFile) throw new Error(`"${path}" is not a file`);
  const file = Deno.openSync(path);
  const buffer = new Uint8Array(CHUNK_BYTES);
  let closed = false;
  let reading: Promise<void> | null = null;
  let more = false;

  const readOn = async () => {
    try {
      do {
        more = false;
        for (let count; !closed && (count = await file.read(buffer));) {
          onBytes(buffer.subarray(0, count));
        }
      } while (more && !closed);
    } catch (error) {
      ignore(
        error,
        "closed meanwhile, or the disk refuses: the next call tries again",
      );
    }
    reading = null;
  };
  const read = () => {
    more = true;
    return reading ??= readOn();
  };
  const watch = watchPaths([path], read);
  return {
    read,
    [Symbol.dispose]: () => {
      closed = true;
      watch[Symbol.dispose]();
      file.close();
    },
  };
}
