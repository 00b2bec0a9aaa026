import { type CommandOutput, runCommand } from "../system/command.ts";
import { codexHome } from "./profiles.ts";
import { lookUp, readLayers } from "./grants.ts";

/** Whoever asks longer than this finds out when the worker begins. */
const PATIENCE_MS = 10_000;

/** Whose Codex has said that it is logged in, so that a batch asks once. */
const loggedIn = new WeakSet<Record<string, string>>();

/**
 * Whether a worker could not sign in to OpenAI: Codex keeps no login for it, and
 * nothing in the environment or the settings takes its place.
 */
export async function isLoggedOut(
  caller: Record<string, string>,
  workers: Record<string, string>,
  profile: string | null,
): Promise<boolean> {
  if (workers["CODEX_API_KEY"] || workers["CODEX_ACCESS_TOKEN"]) return false;
  // A server of the user's may sign in itself.
  if (workers["OPENAI_BASE_URL"] || loggedIn.has(caller)) return false;
  const layers = await readLayers(workers, profile);
  const provider = lookUp(layers, ["model_provider"])?.value ?? "openai";
  if (
    provider !== "openai" ||
    lookUp(layers, ["openai_base_url"]) !== undefined
  ) {
    return false;
  }
  const output = await runCommand("codex", ["login", "status"], {
    // Codex leaves helper programs in its folder, but not in a temporary one.
    env: { ...workers, TMPDIR: codexHome(workers) },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (saysLoggedOut(output)) return true;
  loggedIn.add(caller);
  return false;
}

/** Whether `codex login status` says so; one that fails otherwise says nothing about that. */
function saysLoggedOut({ code, stdout, stderr }: CommandOutput): boolean {
  return code !== 0 && /not logged in/i.test(stdout + stderr);
}
