import type { RunId } from "../run/id.ts";
import { readRecord, runFiles } from "../run/store.ts";
import { MAX_BYTES, readBounded } from "../files/bounded_read.ts";
import { environmentError, messageOf, usageError } from "../system/errors.ts";
import type { FleetContext } from "../workspace/context.ts";
import { requireFolder } from "../guard/require_folder.ts";
import type { StartRequest } from "../task/start_request.ts";
import { withKeptChoices } from "../task/task_choices.ts";
import type { TaskChoices } from "../task/task_option_rows.ts";

/**
 * The request that runs the task of a run again: the same prompt byte for byte,
 * in the same place and under the same conditions, in a new thread. The
 * overrides win. Throws a `usage` error for a run whose prompt makes no sense
 * outside the thread that it continued.
 */
export async function rerunRequest(
  context: FleetContext,
  id: RunId,
  overrides: TaskChoices,
): Promise<StartRequest> {
  const { workspace } = context;
  const record = await readRecord(workspace, id);
  if (record.resumed_thread_id !== null) {
    throw usageError(
      `Cannot rerun run "${id}": its prompt continued the thread of run "${record.parent_run_id}"; rerun the first run, "${record.root_run_id}", or resume that one again`,
    );
  }
  if (record.chain.cause !== "start") {
    throw usageError(
      `Cannot rerun run "${id}": it was a further attempt at the task of run "${record.root_run_id}"; rerun that one`,
    );
  }
  if (overrides.project === undefined) {
    await requireFolder(record, "rerun");
  }
  const { prompt: path } = runFiles(workspace, id);
  const prompt = await readBounded(path, { maxBytes: MAX_BYTES.prompt }).catch(
    (error) => {
      throw environmentError(
        `Cannot rerun run "${id}": its prompt "${path}" cannot be read: ${
          messageOf(error)
        }`,
        error,
      );
    },
  );
  return {
    ...withKeptChoices(overrides, record, "rerun"),
    prompt,
    repeats: record,
  };
}
