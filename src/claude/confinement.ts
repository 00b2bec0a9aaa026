import { findProfile } from "../codex/profiles.ts";
import { readRecord, resolveRunId } from "../run/store.ts";
import { AgentctlError } from "../system/errors.ts";
import { openWorkspace } from "../workspace/workspace.ts";

const UNCONFINED = "danger-full-access";

/**
 * Whether no form of the profile leads a worker out of Codex's sandbox: without
 * `--sandbox` the one of the profile counts. Which form counts is not asked
 * here, for that would mean to start Codex. A profile that is not there, or
 * cannot be read, is refused by `start` itself.
 */
export async function isConfinedProfile(
  name: string,
  env: Record<string, string>,
): Promise<boolean> {
  return await harmlessIfRefused(async () => {
    for (const profiles of ["files", "tables"] as const) {
      const found = await findProfile(env, name, { profiles });
      if (found.state !== "found") continue;
      if (found.settings.sandbox_mode === UNCONFINED) return false;
    }
    return true;
  });
}

/**
 * Whether a run works in a sandbox: who continues it works in the same. The
 * person was asked for the task of one that does not, and for no other.
 */
export async function isConfinedRun(
  text: string,
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<boolean> {
  return await harmlessIfRefused(async () => {
    const workspace = await openWorkspace({ cwd, env }, undefined);
    const id = await resolveRunId(workspace, text);
    return (await readRecord(workspace, id)).sandbox !== UNCONFINED;
  });
}

/** What agentctl itself refuses in one line starts nothing. */
async function harmlessIfRefused(
  check: () => Promise<boolean>,
): Promise<boolean> {
  try {
    return await check();
  } catch (error) {
    return error instanceof AgentctlError;
  }
}
