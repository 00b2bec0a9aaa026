import { walk } from "@std/fs";
import { join, relative } from "@std/path";
import { fingerprint, sha256Hex } from "../files/digest.ts";

/** What the compiled program depends on, besides Deno. */
const SOURCE_FILES = ["deno.json", "deno.lock"];
const SOURCE_FOLDERS = ["config", "prompts", "src"];

/** A digest of everything that the compiled program depends on, because compiling twice does not give the same bytes. */
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
  return await sha256Hex([Deno.version.deno, ...digests].join("\0"));
}
