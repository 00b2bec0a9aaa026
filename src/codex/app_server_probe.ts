import { join } from "@std/path";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { makeTemporaryFolder } from "../files/temporary_folder.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { runCommand } from "../system/command.ts";
import { lockCache, readCache, writeCache } from "./capability_cache.ts";
import type { CodexProgram } from "./program.ts";
import { refusesCommandLine } from "./help_text.ts";
import { ignore } from "../system/ignore.ts";

/**
 * What agentctl says to an app-server, and waits to hear, by the files of its schema:
 * methods, and the fields without which they would mean something else.
 */
const NEEDED: Record<string, readonly string[]> = {
  "ClientRequest.json": [
    ...["thread/start", "thread/resume", "config/read"],
    ...["turn/start", "turn/steer", "turn/interrupt"],
    ...["outputSchema", "permissions", "approvalPolicy", "approvalsReviewer"],
    ...["expectedTurnId", "clientUserMessageId"],
  ],
  "ServerNotification.json": [
    ...["turn/completed", "item/completed", "serverRequest/resolved"],
  ],
};

/** A busy machine is slow, which is not a reason to give up app-server. */
const PROBE_TIMEOUT_MS = 60_000;

export interface AppServerProbe {
  env: Record<string, string>;
  /** A JSON file that caches the answer by the program's key; `null` caches nothing. */
  cacheFile: string | null;
  signal?: AbortSignal;
}

/** Whether the app-server of a Codex can be used, asked once for each program: see `askAppServer()`. */
export async function probeAppServer(
  program: CodexProgram,
  { env, cacheFile, signal }: AppServerProbe,
): Promise<boolean> {
  if (program.kind === "stand-in") return false;
  const ask = () =>
    askAppServer(env, signal ?? AbortSignal.timeout(PROBE_TIMEOUT_MS));
  if (cacheFile === null || program.key === "") return await ask() ?? false;
  const told = (await readCache(cacheFile))[program.key]?.app_server;
  if (told !== undefined) return told;
  // Ten runs that start at once would all ask.
  using _lock = await lockCache(cacheFile);
  const cache = await readCache(cacheFile);
  const known = cache[program.key];
  if (known?.app_server !== undefined) return known.app_server;
  const app_server = await ask();
  if (known && app_server !== null) {
    const asked = { ...known, app_server };
    await writeCache(cacheFile, { ...cache, [program.key]: asked });
  }
  return app_server ?? false;
}

/**
 * Whether the app-server of the Codex on PATH knows all that agentctl says to it, by
 * the schema that Codex makes of its own protocol; older ones have other methods, and
 * ignore fields that they do not know. `null` if it could not be asked.
 */
async function askAppServer(
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<boolean | null> {
  let folder: string | null = null;
  try {
    folder = await makeTemporaryFolder(env, "probe");
    const args = [
      ...["app-server", "generate-json-schema", "--experimental"],
      ...["--out", folder],
    ];
    // The user's configuration must not affect what Codex can do.
    const own = { ...env, CODEX_HOME: folder };
    const output = await runCommand("codex", args, { env: own, signal });
    if (output.code !== 0) return refusesCommandLine(output) ? false : null;
    for (const [file, names] of Object.entries(NEEDED)) {
      const schema = await readTextBounded(join(folder, file), {
        maxBytes: MAX_BYTES.record,
      });
      if (!names.every((name) => schema.includes(`"${name}"`))) return false;
    }
    return true;
  } catch (error) {
    ignore(error, "a Codex that cannot tell its protocol is driven by exec");
    return null;
  } finally {
    if (folder !== null) await removeQuietly(folder, { recursive: true });
  }
}
