import { join } from "@std/path";
import { probeAppServer } from "../codex/app_server_probe.ts";
import type { CodexCapabilities } from "../codex/capability_cache.ts";
import { probeCodex } from "../codex/capabilities.ts";
import { type CodexProgram, findCodex } from "../codex/program.ts";
import type { TransportName } from "../codex/transports.ts";
import { environmentError } from "../system/errors.ts";
import { workspacePaths } from "../workspace/workspace.ts";
import type { RaisedGuard } from "./guard.ts";
import { type SupervisedRun, warn } from "./supervised_run.ts";

/** Finds out what the Codex of the run can do. */
export async function askCodex(run: SupervisedRun): Promise<CodexCapabilities> {
  return await probeCodex(await requireCodex(run), probeOptions(run));
}

/** How the run's Codex is driven: as requested, if possible. */
export async function chooseTransport(
  run: SupervisedRun,
  { guard }: { guard: RaisedGuard },
): Promise<TransportName> {
  const { transport, codex_version, sandbox } = run.keeper.current();
  if (transport === "exec") return "exec";
  const isExplicit = transport === "app-server";
  // Only a permission profile tells app-server where its worker may write.
  const isSayable = guard.plan !== null || sandbox !== "workspace-write";
  if (!isSayable && !isExplicit) return "exec";
  const program = await requireCodex(run);
  if (await probeAppServer(program, probeOptions(run))) return "app-server";
  if (!isExplicit) return "exec";
  warn(
    run,
    `Codex ${codex_version} has no app-server that agentctl can use; it is driven by "codex exec", so messages wait for the end of a turn`,
  );
  return "exec";
}

async function requireCodex({ env }: SupervisedRun): Promise<CodexProgram> {
  const program = await findCodex(env);
  if (program !== null) return program;
  throw environmentError(
    "Cannot start codex: it is not on the PATH that the run was started with",
  );
}

function probeOptions({ context, env }: SupervisedRun) {
  const cache = workspacePaths.cache(context.workspace);
  return { env, cacheFile: join(cache, "codex.json") };
}
