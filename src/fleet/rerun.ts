import { join, relative } from "@std/path";
import type { RunId } from "../run/id.ts";
import type { RunRecord } from "../run/record.ts";
import { readRecord, runFiles } from "../run/store.ts";
import { environmentError, messageOf, usageError } from "../system/errors.ts";
import { WORKSPACE_NAME } from "../workspace/workspace.ts";
import type { FleetContext } from "./context.ts";
import type { StartRequest } from "./start.ts";
import { isInReach } from "./trust.ts";

/** What of a task may be different when it is done again. */
export type RerunOverrides = Omit<StartRequest, "prompt" | "parent">;

/**
 * The request that does the task of a run anew: the same prompt byte for byte,
 * in the same place and under the same conditions, in a thread of its own.
 * What the overrides say wins. Throws a `usage` error for a run whose prompt
 * makes no sense without the thread that it continued.
 */
export async function rerunRequest(
  context: FleetContext,
  id: RunId,
  overrides: RerunOverrides,
): Promise<StartRequest> {
  const { workspace } = context;
  const record = await readRecord(workspace, id);
  if (record.resumed_thread_id !== null) {
    throw usageError(
      `Cannot rerun run "${id}": its prompt continued the thread of run "${record.parent_run_id}"; rerun the first of them, "${record.root_run_id}", or resume that one again`,
    );
  }
  const { prompt: path } = runFiles(workspace, id);
  const prompt = await Deno.readFile(path).catch((error) => {
    throw environmentError(
      `Cannot rerun run "${id}": its prompt cannot be read: ${
        messageOf(error)
      }`,
      error,
    );
  });
  const folder = folderOf(record);
  // With another profile, model and sandbox are that one's, as for resume.
  const sameProfile = overrides.profile === undefined;
  const sandbox = overrides.sandbox ??
    (sameProfile ? record.sandbox : undefined);
  const verify = overrides.verify ?? record.verify ?? undefined;
  if (!await isOutOfReach(context, folder)) {
    requireGivenAgain(id, "sandbox", sandbox, overrides.sandbox);
    requireGivenAgain(id, "verify", verify, overrides.verify);
  }
  return {
    ...overrides,
    prompt,
    project: overrides.project ?? folder,
    profile: overrides.profile ?? record.profile ?? undefined,
    title: overrides.title ?? record.title,
    model: overrides.model ??
      (sameProfile ? record.model_option ?? undefined : undefined),
    sandbox,
    verify,
    timeoutMs: overrides.timeoutMs ?? record.timeout_ms ?? undefined,
    idleTimeoutMs: overrides.idleTimeoutMs ?? record.idle_timeout_ms ??
      undefined,
    ephemeral: overrides.ephemeral || record.ephemeral,
  };
}

/**
 * Whether no worker can have changed the records: those of the workspace in
 * the person's home, unless that is itself the folder of the task. What a
 * record in a project's own workspace says of its folder proves nothing.
 */
async function isOutOfReach(
  { workspace, caller }: FleetContext,
  folder: string,
): Promise<boolean> {
  const home = caller.env["HOME"];
  if (home === undefined || await isInReach(workspace, folder)) return false;
  const [root, own] = await Promise.all(
    [workspace.root, join(home, WORKSPACE_NAME)].map((path) =>
      Deno.realPath(path).catch(() => path)
    ),
  );
  return root === own;
}

/** A worker that can write its record must not get out of its sandbox by it. */
function requireGivenAgain(
  id: RunId,
  option: "sandbox" | "verify",
  value: string | undefined,
  given: string | undefined,
): void {
  const isHarmless = option === "sandbox" && value !== "danger-full-access";
  if (value === undefined || value === given || isHarmless) return;
  throw usageError(
    `Cannot rerun run "${id}" with its own --${option}: workers may have written this workspace, which is not ~/.ai-orch; give --${option} again`,
  );
}

/** Where the task was given: the place in the repository, for a run with a worktree of its own. */
function folderOf({ cwd, worktree }: RunRecord): string {
  if (worktree === null) return cwd;
  const inside = relative(worktree.path, cwd);
  return inside.startsWith("..")
    ? worktree.repository
    : join(worktree.repository, inside);
}
