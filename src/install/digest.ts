import { walk } from "@std/fs";
import { join, relative } from "@std/path";
import { environmentError, messageOf } from "../system/errors.ts";

/** What the compiled program depends on, besides Deno. */
const SOURCE_FILES = ["deno.json", "deno.lock"];
const SOURCE_FOLDERS = ["config", "prompts", "src"];

/** The SHA-256 of a text, in hexadecimal. */
export function sha256OfText(text: string): Promise<string> {
  return sha256Of(new TextEncoder().encode(text));
}

/**
 * The SHA-256 of a file; of what is no plain file, a word that equals none;
 * `null` if nothing is there. Throws an `environment` error if it cannot be
 * read.
 */
export async function fingerprint(path: string): Promise<string | null> {
  try {
    return (await Deno.lstat(path)).isFile
      ? await sha256Of(await Deno.readFile(path))
      : "no plain file";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw environmentError(`Cannot read "${path}": ${messageOf(error)}`, error);
  }
}

/** A digest of all that the compiled program depends on; compiling twice does not give the same bytes. */
export async function sourceDigest(checkout: string): Promise<string> {
  const paths = SOURCE_FILES.map((name) => join(checkout, name));
  for (const name of SOURCE_FOLDERS) {
    const files = walk(join(checkout, name), { includeDirs: false });
    for await (const { path } of files) paths.push(path);
  }
  const digests = await Promise.all(
    paths.sort().map(async (path) =>
      `${relative(checkout, path)}\0${await fingerprint(path)}`
    ),
  );
  return await sha256OfText([Deno.version.deno, ...digests].join("\0"));
}

async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
