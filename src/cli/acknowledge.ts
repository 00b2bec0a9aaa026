import { parseRunId } from "../run/id.ts";
import type { EndedRecord } from "../run/record.ts";
import { markSeen } from "../run/seen.ts";
import type { Workspace } from "../workspace/workspace.ts";

/**
 * Notes that a result was printed to the end; called after the output, so that
 * a command that is killed leaves the result in the inbox. Where nothing can
 * be written the result just stays there.
 */
export async function acknowledge(
  workspace: Workspace,
  record: EndedRecord,
): Promise<void> {
  await markSeen(workspace, parseRunId(record.run_id)).catch(() => {});
}
