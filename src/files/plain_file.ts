import { readBounded } from "./bounded_read.ts";
import { messageOf } from "../system/errors.ts";
import { isAbsent } from "../system/ignore.ts";

/** A file read in one go, or why it was not read. */
export type PlainFile =
  | { bytes: Uint8Array<ArrayBuffer> }
  | { refused: string };

/** More than anybody would write into settings or a prompt, or would read through. */
const MOST_BYTES = 256 * 1024;

/**
 * Reads a file that anybody may have put there: only a plain file of this user, of
 * a size that somebody could have typed. Links, pipes, sockets, devices and huge
 * files are refused, and none of them makes it hang. `null` if there is none.
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
    return isAbsent(error) ? null : { refused: messageOf(error) };
  }
}
