import { cannot } from "../system/errors.ts";
import { readBounded } from "./bounded_read.ts";
import { isAbsent } from "../system/ignore.ts";
import { toBytes } from "../system/write_all.ts";

/** The SHA-256 of a text or of bytes, in hex. */
export async function sha256Hex(
  data: string | Uint8Array<ArrayBuffer>,
): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", toBytes(data));
  return new Uint8Array(digest).toHex();
}

/**
 * The SHA-256 of a file; for anything but a plain file, text that equals no digest;
 * `null` if nothing is there. Throws an `environment` error if it cannot be read or
 * is too long.
 */
export async function fingerprint(
  path: string,
  maxBytes = Infinity,
): Promise<string | null> {
  try {
    return (await Deno.lstat(path)).isFile
      ? await sha256Hex(await readBounded(path, { maxBytes }))
      : "not a plain file";
  } catch (error) {
    if (isAbsent(error)) return null;
    throw cannot(`read "${path}"`, error);
  }
}
