import * as z from "zod/mini";
import { isEnded, RUN_STATUSES } from "../run/record.ts";
import { closingWords } from "../run/outcome.ts";
import { escapeInJson } from "../text/sanitize.ts";
import { type BriefForm, briefRun, redundantKeys } from "../view/brief_run.ts";
import { cutBytes, isPlain, problemBytes } from "../view/digest.ts";
import type { RunFacts } from "../view/run_facts.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** A run in an answer; what is empty or unknown is left out. */
export const BriefRun = z.object({
  run_id: z.string(),
  title: z.string(),
  status: z.enum(RUN_STATUSES),
  waiting_for: z.optional(
    z.object({
      id: z.number(),
      kind: z.string(),
      asked_at: z.string(),
      until: z.string(),
      asks: z.optional(z.array(z.object({
        question: z.string(),
        choices: z.array(
          z.object({ label: z.string(), description: z.string() }),
        ),
        free: z.boolean(),
      }))),
      command: z.optional(z.string()),
      cwd: z.optional(z.string()),
      reason: z.optional(z.string()),
    }).check(z.describe(
      "what the worker asks; call answer to reply, but an approval is for the user alone",
    )),
  ),
  goal_met: z.optional(
    z.nullable(z.boolean()).check(z.describe(
      "true only if the worker claims it and the check, if there is one, agrees; null without a result",
    )),
  ),
  summary: z.optional(z.string()),
  followup_prompt: z.optional(
    z.string().check(z.describe(
      "what the worker suggests asking next; resume uses all of it by default",
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
    resets_at: z.optional(z.string()),
  })),
  verified: z.optional(z.boolean()),
  changes: z.optional(
    z.string().check(z.describe("what the run changed, in one line")),
  ),
  self_running: z.optional(
    z.array(z.string()).check(z.describe(
      "files that the run wrote or removed and that programs run or obey on their own; check them before you build on its work",
    )),
  ),
  hidden_files: z.optional(
    z.array(z.string()).check(z.describe(
      "files that ignore rules of this run keep out of its diff",
    )),
  ),
  left_out: z.optional(
    z.array(z.string()).check(z.describe(
      "files that the run changed and that are too large or too many for its diff",
    )),
  ),
  huge: z.optional(
    z.object({
      files: z.number(),
      bytes: z.number(),
      largest: z.array(z.object({ path: z.string(), bytes: z.number() })),
    }).check(z.describe("the size of a change that is too large to read")),
  ),
  branch: z.optional(
    z.string().check(z.describe(
      "holds the unmerged work of a run in a worktree; `agentctl merge` merges it into the user's branch",
    )),
  ),
  unmerged: z.optional(
    z.boolean().check(z.describe("its branch holds work that is not merged")),
  ),
  worktree_state: z.optional(
    z.object({ state: z.string(), commit: z.nullable(z.string()) }).check(
      z.describe(
        "what became of the run's worktree: kept, merged, discarded or unchanged",
      ),
    ),
  ),
  overlaps: z.optional(
    z.array(
      z.object({ run_id: z.string(), files: z.array(z.string()) }),
    ).check(z.describe(
      "runs that changed the same files at the same time, and which files",
    )),
  ),
  activity: z.optional(z.string()),
  elsewhere: z.optional(
    z.string().check(z.describe(
      "which other machine the run is on, and when it last gave a sign of life",
    )),
  ),
  waiting: z.optional(
    z.string().check(z.describe(
      "why a queued run has not started yet; it starts automatically unless it is held",
    )),
  ),
  attempt: z.optional(
    z.number().check(
      z.describe("which attempt of its chain it is, from the second on"),
    ),
  ),
  next_run_id: z.optional(
    z.string().check(z.describe(
      "the attempt that automatically follows it; wait follows to the last one",
    )),
  ),
  warnings: z.optional(
    z.array(z.string()).check(z.describe(
      "what agentctl noticed and what did not end the run",
    )),
  ),
  labels: z.optional(z.array(z.string())),
  project: z.optional(z.string()),
  profile: z.optional(z.string()),
  duration: z.optional(z.string()),
  cut: z.optional(
    z.boolean().check(z.describe(
      "texts were shortened or left out; call show with full: true to see all of them",
    )),
  ),
});

export type BriefRun = z.infer<typeof BriefRun>;

/** The short record of an answer. */
const FORM: BriefForm = {
  keys: Object.keys(BriefRun.shape),
  always: ["goal_met"],
  without: redundantKeys,
  indent: 0,
  cut: () => ({ cut: true }),
};

/** The record of one of many that needs attention. */
const WHOLE_FORM: BriefForm = { ...FORM, whole: true };

/** A run in an answer, in at most `maxBytes` of JSON. */
export async function answeredRun(
  workspace: Workspace,
  facts: RunFacts,
  maxBytes?: number,
): Promise<BriefRun> {
  return await briefRun(workspace, facts, FORM, maxBytes) as BriefRun;
}

/** What a run that needs no attention may take among others, with its comma. */
const PLAIN_BYTES = 180;

const TITLE_BYTES = 40;

/**
 * Several runs in an answer, or the only one whole: of those that need no
 * attention, and of those that go on, only what fits into a line; of the others, and
 * of those that ask, all there is, as long as there is room.
 */
export async function digestedRuns(
  workspace: Workspace,
  runs: readonly RunFacts[],
): Promise<BriefRun[]> {
  const bytes = problemBytes(runs);
  return await Promise.all(runs.map(async (facts) => {
    const { record } = facts;
    const isWaiting = !isEnded(record) && record.waiting_for === null;
    if (isWaiting || runs.length > 1 && isPlain(facts)) {
      return plainRun(facts);
    }
    return isPlain(facts)
      ? await answeredRun(workspace, facts)
      : await briefRun(workspace, facts, WHOLE_FORM, bytes(facts)) as BriefRun;
  }));
}

/** A run in at most {@linkcode PLAIN_BYTES}. */
function plainRun(
  { record, waiting, elsewhere, mergeable, overlaps }: RunFacts,
): BriefRun {
  const { run_id, title, status } = record;
  const brief: BriefRun = {
    run_id,
    title: cutBytes(title, TITLE_BYTES),
    status,
  };
  const add = (
    name: "summary" | "waiting" | "elsewhere" | "activity",
    text: string | null,
  ) => {
    if (!text) return;
    for (let room = PLAIN_BYTES; room > 0; room -= 4) {
      const words = cutBytes(text, room);
      const longer = { ...brief, [name]: words };
      if (bytesOf(longer) >= PLAIN_BYTES) continue;
      brief[name] = words;
      return;
    }
  };
  if (isEnded(record)) {
    brief.goal_met = record.goal_met;
    if (mergeable !== null) brief.unmerged = true;
    const more = [record.notes, record.warnings, overlaps];
    if (more.some(({ length }) => length > 0)) brief.cut = true;
    add("summary", closingWords(record));
  } else if (waiting !== null) add("waiting", waiting);
  else if (elsewhere !== null) add("elsewhere", elsewhere);
  else add("activity", record.activity);
  return brief;
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(escapeInJson(JSON.stringify(value))).length;
}
