import { join } from "@std/path";
import { linkInfoAt } from "./exists.ts";
import { removeQuietly } from "./remove_quietly.ts";
import { instead } from "../system/ignore.ts";

/**
 * The system's folder for what is temporary that no worker can write, unlike
 * `/tmp`; with a path that leaves room for the names of sockets, which systems limit
 * to about 100 bytes.
 */
export const SYSTEM_PLACE = "/var/tmp";

/** What is older was left behind by a command that was killed. */
const LEFT_BEHIND_MS = 24 * 60 * 60 * 1_000;

/**
 * Makes a folder that only its owner can access and returns its path: in
 * `~/.ai-orch`, where no worker can write, or, before there is one, in the home
 * folder; if neither can be written, in the system's temporary folder.
 * `Deno.makeTempDir` does not work for us: Deno protects the programs that we may
 * run from being replaced, and refuses to make a folder if one of them is anywhere
 * below the temporary folder.
 */
export async function makeTemporaryFolder(
  env: Record<string, string>,
  purpose: string,
): Promise<string> {
  const name = `agentctl-${purpose}-${crypto.randomUUID().slice(0, 8)}`;
  for (const place of await places(env)) {
    const path = join(place, name);
    const isMade = await Deno.mkdir(path, { mode: 0o700 })
      .then(() => true, instead(false, "the folder may be read-only"));
    if (isMade) return path;
  }
  const path = join(env["TMPDIR"] || "/tmp", name);
  await Deno.mkdir(path, { mode: 0o700 });
  return path;
}

/** Places where no worker can write, the best first. */
async function places(env: Record<string, string>): Promise<string[]> {
  const home = env["HOME"];
  if (!home) return [];
  const own = join(home, ".ai-orch");
  if (!(await linkInfoAt(own))?.isDirectory) return [home];
  await removeLeftBehind(own);
  return [own];
}

/** Ours, except for the demo's, which the user may have asked to keep. */
const LEFT_BEHIND = /^agentctl-(?!demo-)[a-z]+-[0-9a-f]{8}$/;

async function removeLeftBehind(folder: string): Promise<void> {
  for (const { name } of Deno.readDirSync(folder)) {
    if (!LEFT_BEHIND.test(name)) continue;
    const path = join(folder, name);
    const info = await linkInfoAt(path);
    if (Date.now() - (info?.mtime?.getTime() ?? Date.now()) < LEFT_BEHIND_MS) {
      continue;
    }
    await removeQuietly(path, { recursive: true });
  }
}
