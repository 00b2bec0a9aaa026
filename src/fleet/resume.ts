import type { RunId } from "../run/id.ts";
import { type EndedRecord, isEnded } from "../run/record.ts";
import { usageError } from "../system/errors.ts";
import { harmlessLine } from "../text/others_words.ts";
import type { FleetContext } from "../workspace/context.ts";
import { reconcileRun } from "../lifecycle/reconcile.ts";
import { requireFolder } from "../guard/require_folder.ts";
import type { StartRequest } from "../task/start_request.ts";
import { withKeptChoices } from "../task/task_choices.ts";
import type { TaskChoices } from "../task/task_option_rows.ts";

/** A request that continues another run; it lacks only a prompt. */
export type ResumeRequest =
  & TaskChoices
  & Required<Pick<StartRequest, "parent">>;

/**
 * The request, without its prompt, that continues the thread of an ended run
 * under the same conditions. The overrides win. Throws a `usage` error that
 * says why the run cannot be continued.
 */
export async function resumeRequest(
  context: FleetContext,
  id: RunId,
  overrides: TaskChoices,
): Promise<ResumeRequest> {
  const parent = await resumableParent(context, id);
  if (overrides.project === undefined) await requireFolder(parent, "resume");
  return { ...withKeptChoices(overrides, parent, "resume"), parent };
}

/** The record of a run that another may continue. Throws a `usage` error that says why it cannot be continued. */
async function resumableParent(
  context: FleetContext,
  id: RunId,
): Promise<EndedRecord & { thread_id: string }> {
  const record = await reconcileRun(context, id);
  if (!isEnded(record)) {
    throw usageError(
      `Cannot resume run "${id}": it is still ${record.status}; wait for it with "agentctl wait ${id}"`,
    );
  }
  if (record.ephemeral) {
    throw usageError(
      `Cannot resume run "${id}": it was started with --ephemeral, so Codex kept no session; start a new run instead`,
    );
  }
  if (record.thread_id === null) {
    throw usageError(
      `Cannot resume run "${id}": Codex never began a thread (${
        harmlessLine(record.reason)
      }); start a new run instead`,
    );
  }
  return { ...record, thread_id: record.thread_id };
}
