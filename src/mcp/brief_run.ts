import * as z from "zod/mini";
import { parseRunId } from "../run/id.ts";
import { isEnded, RUN_STATUSES, type RunRecord } from "../run/record.ts";
import { runFiles } from "../run/store.ts";
import { formatDuration } from "../terminal/duration.ts";
import { stripControls } from "../terminal/sanitize.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** One run in an answer takes at most so much. */
export const MOST_BYTES = 1_900;

/** Several runs in an answer share so much, each of them at least {@linkcode FEWEST_BYTES}. */
const SHARED_BYTES = 3_400;
const FEWEST_BYTES = 300;

/** A run as answers hold it; what is empty or not known is left out. */
export const BriefRun = z.object({
  run_id: z.string(),
  title: z.string(),
  status: z.enum(RUN_STATUSES),
  goal_met: z.optional(
    z.nullable(z.boolean()).check(z.describe(
      "true only if the worker claims it and the check, if there is one, agrees; null without a result",
    )),
  ),
  summary: z.optional(z.string()),
  followup_prompt: z.optional(
    z.string().check(z.describe(
      "what the worker wants to be asked next; resume uses it by itself, uncut",
    )),
  ),
  notes: z.optional(z.string()),
  reason: z.optional(
    z.string().check(z.describe("why the run ended as it did")),
  ),
  failure: z.optional(z.object({
    class: z.string(),
    message: z.optional(z.string()),
    remedy: z.optional(z.string()),
  })),
  verified: z.optional(z.boolean()),
  changes: z.optional(
    z.string().check(z.describe("what the run changed, in a line")),
  ),
  branch: z.optional(
    z.string().check(z.describe(
      "has the work of a run in a worktree; `agentctl merge` brings it to the person's branch",
    )),
  ),
  overlaps: z.optional(
    z.array(z.string()).check(z.describe(
      "runs that changed the same files at the same time",
    )),
  ),
  activity: z.optional(z.string()),
  waiting: z.optional(
    z.string().check(z.describe(
      "why a queued run has not started yet; it starts by itself unless it is held",
    )),
  ),
  attempt: z.optional(
    z.number().check(z.describe("which attempt of its chain, from the second")),
  ),
  next_run_id: z.optional(
    z.string().check(z.describe(
      "the attempt that comes after it by itself; wait follows to the last one",
    )),
  ),
  labels: z.optional(z.array(z.string())),
  project: z.optional(z.string()),
  profile: z.optional(z.string()),
  duration: z.optional(z.string()),
  folder: z.optional(
    z.string().check(z.describe(
      "the run's files: prompt.md, output.json, diff.patch, events.jsonl, stderr.log",
    )),
  ),
  cut: z.optional(
    z.boolean().check(z.describe(
      "texts were shortened; call show with full: true for all of them",
    )),
  ),
});

export type BriefRun = z.infer<typeof BriefRun>;

/** How much each of several runs may take, in bytes of JSON. */
export function bytesForEach(runs: number): number {
  return Math.max(
    FEWEST_BYTES,
    Math.min(MOST_BYTES, Math.floor(SHARED_BYTES / Math.max(1, runs))),
  );
}

/** Characters that each text may have when there is room for all of them. */
const ROOM = {
  summary: 1_100,
  followup_prompt: 500,
  notes: 250,
  reason: 250,
  remedy: 200,
  activity: 200,
  waiting: 200,
};

/** A run in at most `maxBytes` of JSON: texts are cut, the less important ones more. `waiting` says why it is queued. */
export function briefRun(
  workspace: Workspace,
  record: RunRecord,
  maxBytes: number = MOST_BYTES,
  waiting: string | null = null,
): BriefRun {
  const isRoomy = maxBytes >= MOST_BYTES / 2;
  for (let share = 1;; share *= 0.85) {
    const brief = makeBrief(workspace, record, waiting, share, isRoomy);
    // What is left then are an id, a title and names.
    if (bytesOf(brief) <= maxBytes || share < 0.01) return brief;
  }
}

function makeBrief(
  workspace: Workspace,
  record: RunRecord,
  waiting: string | null,
  share: number,
  isRoomy: boolean,
): BriefRun {
  let cut = false;
  const fit = (text: string | null, most: number) => {
    if (text === null || text === "") return undefined;
    // The rest of a long text is not even looked at.
    const head = text.slice(0, 4 * most + 100);
    const characters = [...stripControls(head, { keepNewlines: true }).trim()];
    const room = Math.floor(most * share);
    const isWhole = characters.length <= room && head.length === text.length;
    if (!isWhole) cut = true;
    const kept = isWhole
      ? characters.join("")
      : room < 8
      ? ""
      : characters.slice(0, room).join("") + "…";
    return kept === "" ? undefined : kept;
  };
  const id = parseRunId(record.run_id);
  const common = {
    run_id: record.run_id,
    title: record.title,
    status: record.status,
    attempt: record.chain.attempt > 1 ? record.chain.attempt : undefined,
  };
  const names = isRoomy
    ? {
      labels: record.labels.length > 0 ? record.labels : undefined,
      project: record.project ?? undefined,
      profile: record.profile ?? undefined,
      folder: runFiles(workspace, id).folder,
    }
    : { profile: record.profile ?? undefined };
  const brief: BriefRun = isEnded(record)
    ? {
      ...common,
      goal_met: record.goal_met,
      summary: fit(record.summary, ROOM.summary),
      followup_prompt: fit(
        record.followup_prompt,
        isRoomy ? ROOM.followup_prompt : 0,
      ),
      notes: fit(record.notes, isRoomy ? ROOM.notes : 0),
      // A good end needs no reason.
      reason: record.goal_met ? undefined : fit(record.reason, ROOM.reason),
      failure: record.failure === null ? undefined : {
        class: record.failure.class,
        message: fit(record.failure.message, ROOM.reason),
        remedy: fit(record.failure.remedy, ROOM.remedy),
      },
      verified: record.verified ?? undefined,
      next_run_id: record.next_run_id ?? undefined,
      changes: lastLine(record.git_diff_stat),
      branch: record.worktree?.commit ? record.worktree.branch : undefined,
      overlaps: isRoomy && record.overlaps.length > 0
        ? record.overlaps.slice(0, 3).map(({ run_id }) => run_id)
        : undefined,
      ...names,
      duration: isRoomy ? formatDuration(record.duration_ms) : undefined,
    }
    : {
      ...common,
      activity: fit(record.activity, ROOM.activity),
      waiting: fit(waiting, ROOM.waiting),
      ...names,
      duration: "started_at" in record
        ? formatDuration(Date.now() - Date.parse(record.started_at))
        : undefined,
    };
  // The failure says the same in more detail.
  if (brief.failure) delete brief.reason;
  if (cut) brief.cut = true;
  return withoutGaps(brief);
}

/** `2 files changed, 3 insertions(+)` of what `git diff --stat` prints. */
function lastLine(stat: string | null): string | undefined {
  return stat?.trimEnd().split("\n").at(-1)?.trim() || undefined;
}

function withoutGaps(brief: BriefRun): BriefRun {
  return Object.fromEntries(
    Object.entries(brief).filter(([, value]) => value !== undefined),
  ) as BriefRun;
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
