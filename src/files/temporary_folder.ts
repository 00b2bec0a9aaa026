import { join } from "@std/path";
import { linkInfoAt } from "./exists.ts";
import { removeQuietly } from "./remove_quietly.ts";
import { instead } from "../system/ignore.ts";

/** What is older was left behind by a command that was killed. */
const LEFT_BEHIND_MS = 24 * 60 * 60 * 1_000;

/**
 * Makes a folder that only its owner can access and returns its path: in
 * `~/.ai-orch`, where no worker can write, or, before there is one, in the
 * system's temporary folder. `Deno.makeTempDir` does not work for us: Deno
 * protects the programs that we may run from being replaced, and refuses to make a
 * folder if one of them is anywhere below the temporary folder.
 */
export async function makeTemporaryFolder(
  env: Record<string, string>,
  purpose: string,
): Promise<string> {
  const own = await ownFolder(env);
  if (own !== null) await removeLeftBehind(own);
  const path = join(
    own ?? (env["TMPDIR"] || "/tmp"),
    `agentctl-${purpose}-${crypto.randomUUID().slice(0, 8)}`,
  );
  await Deno.mkdir(path, { mode: 0o700 });
  return path;
}

async function ownFolder(env: Record<string, string>): Promise<string | null> {
  const home = env["HOME"];
  if (!home) return null;
  const root = join(home, ".ai-orch");
  const info = await linkInfoAt(root);
  if (!info?.isDirectory) return null;
  const folder = join(root, "tmp");
  return await Deno.mkdir(folder, { recursive: true, mode: 0o700 })
    .then(() => folder, instead(null, "the folder may be read-only"));
}

/** What the user may have asked to keep. */
const KEPT = /^agentctl-demo-/;

async function removeLeftBehind(folder: string): Promise<void> {
  for (const { name } of Deno.readDirSync(folder)) {
    if (KEPT.test(name)) continue;
    const path = join(folder, name);
    const info = await linkInfoAt(path);
    if (Date.now() - (info?.mtime?.getTime() ?? Date.now()) < LEFT_BEHIND_MS) {
      continue;
    }
    await removeQuietly(path, { recursive: true });
  }
}
