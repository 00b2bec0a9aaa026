import { join } from "@std/path";

/**
 * Makes a folder that only its owner can access in the system's temporary folder,
 * and returns its path. `Deno.makeTempDir` does not work for us: Deno protects
 * the programs that we may run from being replaced, and refuses to make a folder
 * if one of them is anywhere below the temporary folder.
 */
export async function makeTemporaryFolder(
  env: Record<string, string>,
  purpose: string,
): Promise<string> {
  const path = join(
    env["TMPDIR"] || "/tmp",
    `agentctl-${purpose}-${crypto.randomUUID().slice(0, 8)}`,
  );
  await Deno.mkdir(path, { mode: 0o700 });
  return path;
}
