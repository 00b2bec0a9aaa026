import { walk } from "@std/fs";
import { fromFileUrl, join } from "@std/path";
import { sha256Hex } from "../../src/files/digest.ts";
import { cachedFolder, dropFromCache } from "./tools.ts";

const CHECKOUT = fromFileUrl(new URL("../../", import.meta.url));
/** Everything that ends up in the program. */
const FOLDERS = ["src", "prompts", "config"];
const FILES = ["deno.json", "deno.lock"];
/** No run of the tests is still using what was made so long ago of other sources. */
const KEPT_MS = 2 * 60 * 60 * 1_000;

/**
 * The path of a folder with what `make` makes of the sources, such as a bundle:
 * made once for each state of them. Throws what `make` throws.
 */
export async function builtFolder(
  kind: string,
  program: string,
  make: (staging: string) => Promise<void>,
): Promise<string> {
  const name = `${kind}-${await sourceDigest()}`;
  return await cachedFolder(name, program, async (staging) => {
    await dropFromCache(`${kind}-`, KEPT_MS);
    await make(staging);
  });
}

async function sourceDigest(): Promise<string> {
  const paths = FILES.map((name) => join(CHECKOUT, name));
  for (const folder of FOLDERS) {
    const entries = walk(join(CHECKOUT, folder), { includeDirs: false });
    for await (const { path } of entries) paths.push(path);
  }
  const texts = paths.sort().map(async (path) =>
    `${path.slice(CHECKOUT.length)}\n${await Deno.readTextFile(path)}`
  );
  const digest = await sha256Hex((await Promise.all(texts)).join("\0"));
  return digest.slice(0, 16);
}
