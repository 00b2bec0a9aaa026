import type * as z from "zod/mini";
import { waitingReason } from "../queue/waiting_reason.ts";
import { warningsOfStart } from "../fleet/start.ts";
import type { RunRecord } from "../run/record.ts";
import { harmlessLine } from "../text/others_words.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { Answer } from "./answer.ts";
import type { StartedRun } from "./task_input.ts";

/** The answer about a run that was started. */
export async function startedAnswer(
  workspace: Workspace,
  record: RunRecord,
): Promise<Answer> {
  const waiting = await waitingReason(workspace, record);
  const warnings = warningsOfStart(workspace, record);
  const data: z.infer<typeof StartedRun> = {
    run_id: record.run_id,
    title: record.title,
    status: record.status,
    project: record.project,
    cwd: record.cwd,
    profile: record.profile,
    sandbox: record.sandbox,
    parent_run_id: record.parent_run_id,
    pane_id: record.pane?.pane_id ?? null,
    ...waiting === null ? {} : { waiting },
    ...warnings.length === 0 ? {} : { warnings },
    next:
      `start whatever else needs doing, then call wait with run_ids ["${record.run_id}"]`,
  };
  return {
    data,
    text: `Started run ${record.run_id} (${harmlessLine(record.title)})${
      waiting === null ? "" : `, which is queued (${waiting})`
    }\n${
      warnings.map((text) => `Warning: ${text}\n`).join("")
    }Next: ${data.next}`,
  };
}
