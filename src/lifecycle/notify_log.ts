import * as z from "zod/mini";
import type { EndedRecord } from "../run/record.ts";
import { WORDS_OF } from "../text/others_words.ts";
import { escapeInJson, oneLine } from "../text/sanitize.ts";
import { readPart } from "../files/bounded_read.ts";
import { refuseLink } from "../files/refuse_link.ts";
import { insteadOfAbsent } from "../system/ignore.ts";
import { parseJson } from "../text/parse_json.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";

const Notice = z.object({
  time: z.string(),
  run_id: z.string(),
  title: z.string(),
  status: z.string(),
  goal_met: z.nullable(z.boolean()),
  summary: z.string(),
  reason: z.string(),
  project: z.nullable(z.string()),
  profile: z.nullable(z.string()),
  exit_code: z.nullable(z.number()),
  duration_ms: z.number(),
  words_of: z.optional(z.string()),
});

/** A line of `notify.log`: a run that ended. */
export type Notice = z.infer<typeof Notice>;

/** The line of `notify.log` for a run that ended. */
export function noticeOf(record: EndedRecord): Notice {
  return {
    time: record.ended_at,
    run_id: record.run_id,
    title: record.title,
    status: record.status,
    goal_met: record.goal_met,
    summary: oneLine(record.summary, 300),
    reason: oneLine(record.reason, 300),
    project: record.project,
    profile: record.profile,
    exit_code: record.exit_code,
    duration_ms: record.duration_ms,
    ...WORDS_OF,
  };
}

/** Appends a run's line to `notify.log`. A single write to a file opened for appending is not torn by others. */
export async function appendNotice(
  workspace: Workspace,
  record: EndedRecord,
): Promise<void> {
  const path = workspacePaths.notifyLog(workspace);
  const line = escapeInJson(JSON.stringify(noticeOf(record))) + "\n";
  await refuseLink(path);
  await Deno.writeTextFile(path, line, {
    append: true,
    create: true,
    mode: 0o600,
  });
}

/** Ends are noted in their order, so that of a run that has just ended is near the end of the file. */
const RECENT_BYTES = 1024 * 1024;

/** Whether the end of a run stands in `notify.log`. */
export async function isNoticed(
  workspace: Workspace,
  { run_id }: EndedRecord,
): Promise<boolean> {
  const text = await readPart(
    workspacePaths.notifyLog(workspace),
    "last",
    RECENT_BYTES,
  )
    .catch(insteadOfAbsent("", "what cannot be read does not say so"));
  return text.split("\n").some((line) => parseNotice(line)?.run_id === run_id);
}

/** Reads a line of `notify.log`; `null` if it is damaged. */
export function parseNotice(line: string): Notice | null {
  return parseJson(line, () => Notice);
}
