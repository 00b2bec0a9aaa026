import type { McpServer } from "../sdk.ts";
import { resolve } from "@std/path";
import * as z from "zod/mini";
import { pumpQuietly } from "../../fleet/pump_quietly.ts";
import { homeFolder } from "../../run/home_folder.ts";
import { waitingReason } from "../../fleet/waiting_reason.ts";
import { isEnded, RUN_STATUSES, type RunRecord } from "../../run/record.ts";
import { formatDuration } from "../../terminal/duration.ts";
import { answering } from "../answer.ts";
import type { Host } from "../host.ts";
import { newestRuns } from "../../view/newest_runs.ts";
import { runLine } from "../../view/run_line.ts";

const DEFAULT_LIMIT = 20;

const Input = z.strictObject({
  limit: z.optional(
    z.int().check(
      z.minimum(1),
      z.maximum(200),
      z.describe(`how many at most (default: ${DEFAULT_LIMIT})`),
    ),
  ),
  status: z.optional(
    z.enum(RUN_STATUSES).check(z.describe("only runs with this status")),
  ),
  project: z.optional(
    z.string().check(
      z.describe("only runs of this project, by its name or folder"),
    ),
  ),
});

const Row = z.object({
  run_id: z.string(),
  title: z.string(),
  status: z.enum(RUN_STATUSES),
  goal_met: z.nullable(z.boolean()),
  project: z.nullable(z.string()),
  profile: z.nullable(z.string()),
  created_at: z.string(),
  duration: z.nullable(z.string()),
  waiting: z.optional(
    z.string().check(z.describe("why a queued run has not started yet")),
  ),
  next_run_id: z.optional(
    z.string().check(z.describe("the attempt that comes after it by itself")),
  ),
});

const Output = z.object({
  runs: z.array(Row),
  more: z.boolean().check(z.describe("there are more such runs")),
  damaged: z.array(z.string()).check(
    z.describe("what is wrong with records that cannot be read"),
  ),
});

/** Offers `list`. */
export function offerList(server: McpServer, host: Host): void {
  server.registerTool(
    "list",
    {
      title: "List runs",
      description:
        "Lists the runs of the workspace, newest first, without their results.",
      inputSchema: Input,
      outputSchema: Output,
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    answering(host, {}, async (args: z.infer<typeof Input>) => {
      const context = await host.fleet();
      await pumpQuietly(context);
      const { status, project, limit = DEFAULT_LIMIT } = args;
      const folder = project === undefined
        ? null
        : resolve(context.caller.cwd, project);
      const { records, damaged } = await newestRuns(
        context,
        limit + 1,
        (record) =>
          (status === undefined || record.status === status) &&
          (project === undefined || record.project === project ||
            homeFolder(record) === folder),
      );
      const shown = await Promise.all(
        records.slice(0, limit).map(async (record) => ({
          record,
          waiting: await waitingReason(context.workspace, record),
        })),
      );
      const data: z.infer<typeof Output> = {
        runs: shown.map(row),
        more: records.length > limit,
        damaged,
      };
      const lines = shown.length === 0
        ? ["There are no such runs"]
        : shown.map(({ record, waiting }) => runLine(record, waiting));
      if (data.more) lines.push("There are more; give a higher limit");
      return { data, text: [...lines, ...damaged].join("\n") };
    }),
  );
}

function row(
  { record, waiting }: { record: RunRecord; waiting: string | null },
): z.infer<typeof Row> {
  const { run_id, title, status, project, profile, created_at } = record;
  const duration = isEnded(record)
    ? record.duration_ms
    : "started_at" in record
    ? Date.now() - Date.parse(record.started_at)
    : null;
  return {
    run_id,
    title,
    status,
    goal_met: isEnded(record) ? record.goal_met : null,
    project,
    profile,
    created_at,
    duration: duration === null ? null : formatDuration(duration),
    ...waiting === null ? {} : { waiting },
    ...isEnded(record) && record.next_run_id !== null
      ? { next_run_id: record.next_run_id }
      : {},
  };
}
