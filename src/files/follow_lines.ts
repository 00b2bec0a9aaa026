import { basename, dirname } from "@std/path";
import { openPlain, readFrom } from "./bounded_read.ts";
import { cannot } from "../system/errors.ts";
import { watchFolders } from "./watch.ts";

/**
 * Yields the last `count` lines of a file and then each line as it is appended,
 * forever. The file need not exist yet; if it becomes shorter, it is read from
 * its beginning.
 */
export async function* followLines(
  path: string,
  count: number,
): AsyncGenerator<string> {
  using watch = watchFolders([dirname(path)], basename(path));
  let offset = 0;
  let first = true;
  for (;;) {
    const changed = watch.changed();
    const read = await readLinesFrom(path, offset);
    offset = read?.end ?? 0;
    const lines = read?.lines ?? [];
    yield* first ? (count === 0 ? [] : lines.slice(-count)) : lines;
    first = false;
    await changed;
  }
}

/** How much is read at once, from the end of what was appended; lines are short. */
const MAX_READ_BYTES = 16 << 20;

/** The complete lines from `offset` on, and where they end; a line that is still being written has to wait. */
async function readLinesFrom(
  path: string,
  offset: number,
): Promise<{ lines: string[]; end: number } | null> {
  try {
    using file = await openPlain(path, {});
    const { size } = await file.stat();
    const next = size < offset ? 0 : offset;
    const start = Math.max(next, size - MAX_READ_BYTES);
    await file.seek(start, Deno.SeekMode.Start);
    const bytes = await readFrom(file, size - start);
    const length = bytes.lastIndexOf(10) + 1;
    const text = new TextDecoder().decode(bytes.subarray(0, length));
    // A first line that is not read from its beginning is left out.
    const skipped = start > next ? 1 : 0;
    return { lines: text.split("\n").slice(skipped, -1), end: start + length };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw cannot(`read "${path}"`, error);
  }
}
