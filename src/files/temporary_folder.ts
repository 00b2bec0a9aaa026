import { join } from "@std/path";

/**
 * Makes a folder for the owner alone in the system's folder for such, and
 * returns its path. `Deno.makeTempDir` needs more: Deno keeps the programs
 * that we may run from being replaced, and refuses it where one of them lies
 * anywhere below.
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
