import { join } from "@std/path";
import { type CodexCapabilities, probeCodex } from "../codex/capabilities.ts";
import { findCodex } from "../codex/program.ts";
import { environmentError } from "../system/errors.ts";
import { workspacePaths } from "../workspace/workspace.ts";
import type { SupervisedRun } from "./supervised_run.ts";

/** Finds out what the Codex of the run can do. */
export async function askCodex(
  { context, env }: SupervisedRun,
): Promise<CodexCapabilities> {
  const program = await findCodex(env);
  if (program === null) {
    throw environmentError(
      "Cannot start codex: it is not on the PATH that the run was started with",
    );
  }
  const cache = workspacePaths.cache(context.workspace);
  return await probeCodex(program, {
    env,
    cacheFile: join(cache, "codex.json"),
  });
}
