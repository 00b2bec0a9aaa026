import type { RunId } from "../run/id.ts";
import { homeFolder } from "../run/home_folder.ts";
import { readRecord, runFiles } from "../run/store.ts";
import { environmentError, messageOf, usageError } from "../system/errors.ts";
import type { FleetContext } from "./context.ts";
import type { StartRequest } from "./start.ts";
import { isTaskAsStarted } from "./voucher.ts";

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
  const { chain } = record;
  if (chain.cause !== "start") {
    throw usageError(
      `Cannot rerun run "${id}": it was a further attempt at the task of run "${record.root_run_id}"; rerun that one`,
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
  const folder = homeFolder(record);
  // With another profile, model and sandbox are that one's, as for resume.
  const sameProfile = overrides.profile === undefined;
  const sandbox = overrides.sandbox ??
    (sameProfile ? record.sandbox : undefined);
  const verify = overrides.verify ?? record.verify ?? undefined;
  if (!await isTaskAsStarted(context, record, prompt)) {
    throw usageError(
      `Cannot rerun run "${id}": its task is not the one that was started, and workers can write this workspace; start a new run instead`,
    );
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
    worktree: overrides.worktree ?? record.worktree !== null,
    priority: overrides.priority ?? record.priority,
    maxTokens: overrides.maxTokens ?? record.max_tokens ?? undefined,
    retry: overrides.retry ?? chain.retries,
    escalate: overrides.escalate ?? (sameProfile ? chain.escalate : undefined),
    maxAttempts: overrides.maxAttempts ?? chain.max_attempts,
    maxChainMs: overrides.maxChainMs ?? chain.max_ms ?? undefined,
    maxChainTokens: overrides.maxChainTokens ?? chain.max_tokens ?? undefined,
  };
}
