import { parseRunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import { markSeen } from "../run/seen.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** Notes that results have reached the client. Where nothing can be written they just stay in the inbox. */
export async function acknowledge(
  workspace: Workspace,
  records: readonly EndedRecord[],
): Promise<void> {
  for (const { run_id } of records) {
    await markSeen(workspace, parseRunId(run_id)).catch(() => {});
  }
}
