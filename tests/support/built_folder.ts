import { fromFileUrl } from "@std/path";
import { sourceDigest } from "../../src/install/source_digest.ts";
import { cachedFolder, dropFromCache } from "./tools.ts";

const CHECKOUT = fromFileUrl(new URL("../../", import.meta.url));
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
  const digest = await sourceDigest(CHECKOUT);
  const name = `${kind}-${digest.slice(0, 16)}`;
  return await cachedFolder(name, program, async (staging) => {
    await dropFromCache(`${kind}-`, KEPT_MS);
    // What a killed test was about to fill.
    await dropFromCache("staging-", KEPT_MS);
    await make(staging);
  });
}
