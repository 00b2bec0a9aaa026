import { join } from "@std/path";
import type { FleetContext } from "../workspace/context.ts";
import { guardWish } from "../guard/guard_wish.ts";
import { guardRegistry } from "../guard/protection.ts";
import { confinesChecks } from "../fleet/task.ts";
import { RUN_ID_VARIABLE, workerEnvironment } from "../run/environment.ts";
import { messageOf } from "../system/errors.ts";
import { endMarkedProcesses } from "../system/processes.ts";
import { oneLine } from "../text/sanitize.ts";
import { workspacePaths } from "../workspace/workspace.ts";
import { causeOf } from "./check.ts";
import { confine } from "./confine.ts";
import { verify } from "./verify.ts";

/** Long enough for most checks, and short enough to wait for at the keyboard. */
const TRY_TIMEOUT_MS = 60_000;

/**
 * Runs the check of a project once, as a run would, and says in one line how
 * that went. What it writes into the folder stays.
 */
export async function tryCheck(
  context: FleetContext,
  project: { path: string; profile: string | null; command: string },
): Promise<string> {
  if (!await confinesChecks(context)) {
    return "This Codex cannot confine the check: it will run as you";
  }
  const { workspace, caller } = context;
  const id = `try-${crypto.randomUUID().slice(0, 8)}`;
  const mark = `${RUN_ID_VARIABLE}=${id}` as const;
  const env = {
    ...workerEnvironment(caller.env, workspace.config.env_passthrough),
    [RUN_ID_VARIABLE]: id,
  };
  const wish = await guardWish(context, {
    cwd: project.path,
    sandbox: "workspace-write",
    profile: project.profile,
    protection: null,
    allow_protected: [],
    worktree: null,
  }, env);
  if (wish === null) return "The check was not tried: nothing confines it";
  const scratch = join(workspacePaths.cache(workspace), id);
  const confined = await confine({
    command: project.command,
    env,
    wish,
    scratch,
    registry: guardRegistry(caller.env),
  }).catch((error) => messageOf(error));
  if (typeof confined === "string") {
    return `The check was not tried: ${oneLine(confined)}`;
  }
  await using check = confined;
  const result = await verify({
    script: check.script,
    cwd: project.path,
    env: check.env,
    timeoutMs: TRY_TIMEOUT_MS,
    log: { write() {} },
    signal: new AbortController().signal,
    endLeftovers: async () => {
      await endMarkedProcesses(mark, env);
    },
  });
  if (result.passed) return "The check passes in the worker's confinement";
  const cause = await causeOf(check, wish, result);
  return cause === null
    ? `The check runs in the worker's confinement, and currently fails (${result.outcome})`
    : `The check cannot run in the worker's confinement: it needs ${cause.needs}; add --verify-unconfined to run it as you`;
}
