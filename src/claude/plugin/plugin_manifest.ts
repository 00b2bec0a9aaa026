import * as z from "zod/mini";
import { MAX_BYTES, readTextBounded } from "../../files/bounded_read.ts";
import { environmentError } from "../../system/errors.ts";
import { once } from "../../system/once.ts";
import { writeJsonAtomic } from "../../files/atomic_file.ts";
import { isAbsent } from "../../system/ignore.ts";

const manifestSchema = once(() =>
  z.object({
    schema: z.literal(1),
    /** SHA-256 of each file, by its path in the folder of the plugin. */
    files: z.record(z.string(), z.string()),
    /** The folders that were made, from the top down. */
    folders: z.array(z.string()),
  })
);

/** What was added, so that exactly this can be removed. */
export type PluginManifest = z.infer<ReturnType<typeof manifestSchema>>;

/** Reads the list; `null` if there is none. Throws an `environment` error if it does not parse. */
export async function readPluginManifest(
  path: string,
): Promise<PluginManifest | null> {
  try {
    return manifestSchema().parse(
      JSON.parse(await readTextBounded(path, { maxBytes: MAX_BYTES.settings })),
    );
  } catch (error) {
    if (
      isAbsent(error)
    ) return null;
    throw environmentError(
      `Cannot read "${path}", the list of what was installed: remove its folder by hand and install again`,
      error,
    );
  }
}

/** Replaces the list. */
export async function writePluginManifest(
  path: string,
  manifest: PluginManifest,
): Promise<void> {
  await writeJsonAtomic(path, manifest);
}
