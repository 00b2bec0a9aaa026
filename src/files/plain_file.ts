import { readBounded } from "./bounded_read.ts";
import { messageOf } from "../system/errors.ts";

/** A file as it was read at once, or why it was not. */
export type PlainFile =
  | { bytes: Uint8Array<ArrayBuffer> }
  | { refused: string };

/** More than people write into settings or a prompt: nobody looks through it. */
const MOST_BYTES = 256 * 1024;

/**
 * Reads a file that anybody may have put there: only a plain one of this user,
 * and of a size that a person could have written. Links, pipes, sockets,
 * devices and huge files are refused, and nothing of that kind makes it hang.
 * `null` if there is none.
 */
export async function readPlainFile(
  path: string,
  isOwn: (info: Deno.FileInfo) => boolean,
): Promise<PlainFile | null> {
  try {
    const info = await Deno.lstat(path);
    if (info.isSymlink) return { refused: "it is a link" };
    if (!isOwn(info)) return { refused: "it belongs to another user" };
    return { bytes: await readBounded(path, { maxBytes: MOST_BYTES }) };
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    return isMissing ? null : { refused: messageOf(error) };
  }
}
