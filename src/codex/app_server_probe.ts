import { join } from "@std/path";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { makeTemporaryFolder } from "../files/temporary_folder.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { runCommand } from "../system/command.ts";
import { lockCache, readCache, writeCache } from "./capability_cache.ts";
import type { CodexProgram } from "./program.ts";
import { ignore } from "../system/ignore.ts";

/** What agentctl says to an app-server: methods, and the fields without which they would mean something else. */
const NEEDED = [
  ...["thread/start", "thread/resume"],
  ...["turn/start", "turn/steer", "turn/interrupt"],
  ...["outputSchema", "expectedTurnId", "clientUserMessageId"],
];

/** A busy machine is slow, and that is no reason to do without. */
const PROBE_TIMEOUT_MS = 60_000;

export interface AppServerProbe {
  env: Record<string, string>;
  /** A JSON file that caches the answer by the program's key; `null` caches nothing. */
  cacheFile: string | null;
}

/** Whether the app-server of a Codex can be used, asked once for each program: see `askAppServer()`. */
export async function probeAppServer(
  program: CodexProgram,
  { env, cacheFile }: AppServerProbe,
): Promise<boolean> {
  if (program.kind === "stand-in") return false;
  const ask = () => askAppServer(env, AbortSignal.timeout(PROBE_TIMEOUT_MS));
  if (cacheFile === null || program.key === "") return await ask();
  using _lock = await lockCache(cacheFile);
  const cache = await readCache(cacheFile);
  const known = cache[program.key];
  if (known?.app_server !== undefined) return known.app_server;
  const app_server = await ask();
  if (known) {
    const asked = { ...known, app_server };
    await writeCache(cacheFile, { ...cache, [program.key]: asked });
  }
  return app_server;
}

/**
 * Whether the app-server of the Codex on PATH knows all that agentctl says to it, by
 * the schema that Codex makes of its own protocol; older ones have other methods, and
 * ignore fields that they do not know.
 */
async function askAppServer(
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<boolean> {
  const folder = await makeTemporaryFolder(env, "probe");
  try {
    const args = ["app-server", "generate-json-schema", "--out", folder];
    // The user's configuration must not affect what Codex can do.
    const own = { ...env, CODEX_HOME: folder };
    const { code } = await runCommand("codex", args, { env: own, signal });
    if (code !== 0) return false;
    const schema = await readTextBounded(join(folder, "ClientRequest.json"), {
      maxBytes: MAX_BYTES.record,
    });
    return NEEDED.every((name) => schema.includes(`"${name}"`));
  } catch (error) {
    ignore(error, "a Codex that cannot tell its protocol is driven by exec");
    return false;
  } finally {
    await removeQuietly(folder, { recursive: true });
  }
}
