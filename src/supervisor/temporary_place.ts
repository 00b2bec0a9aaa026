import { isAbsolute, join } from "@std/path";
import { removeQuietly } from "../files/remove_quietly.ts";
import { instead } from "../system/ignore.ts";

/**
 * Takes `TMPDIR` out of a worker's environment if nothing can be written there, because
 * then Codex's sandbox does not start and every command fails; says so, or `null`.
 */
export async function dropUselessTmpdir(
  env: Record<string, string>,
): Promise<string | null> {
  const path = env["TMPDIR"];
  if (path === undefined || await canWriteIn(path)) return null;
  delete env["TMPDIR"];
  return `Nothing can be written in TMPDIR "${path}", so the worker uses /tmp; make that folder, or unset TMPDIR`;
}

async function canWriteIn(folder: string): Promise<boolean> {
  // Codex is started in another folder.
  if (!isAbsolute(folder)) return false;
  const path = join(folder, `agentctl-${crypto.randomUUID()}`);
  const isMade = await Deno.mkdir(path, { mode: 0o700 })
    .then(() => true, instead(false, "the worker gets no such TMPDIR"));
  if (isMade) await removeQuietly(path);
  return isMade;
}
