import { until } from "./until.ts";

/** A folder of a test, removed on disposal. */
export interface TemporaryFolder extends AsyncDisposable {
  path: string;
}

/** A folder of the system for what is temporary that no worker may write, so that the configuration there counts. */
export const OUT_OF_REACH = "/var/tmp";

/**
 * Makes a folder that goes away with the test; its path has no symbolic links in it.
 * Without `dir` it is in the temporary folder, where any worker may write.
 */
export async function temporaryFolder(
  dir?: string,
): Promise<TemporaryFolder> {
  const path = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "agentctl-", dir }),
  );
  return { path, [Symbol.asyncDispose]: () => removeFolder(path) };
}

/**
 * Removes a folder with all that is in it. A process that still ends may write
 * there meanwhile, so that the folder is not empty at the first try. A folder
 * that is gone already is no fault.
 */
export async function removeFolder(path: string): Promise<void> {
  await until(`${path} is removed`, async (see) => {
    try {
      await Deno.remove(path, { recursive: true });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return true;
      see(error);
      return false;
    }
    return true;
  });
}
