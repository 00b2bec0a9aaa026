import { questionLine } from "../run/question_lines.ts";
import { isEnded, type RunRecord } from "../run/record.ts";
import { runFiles } from "../run/store.ts";
import { parseRunId } from "../run/id.ts";
import { escapeInJson } from "../text/sanitize.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { briefOwner } from "./owner_words.ts";
import { presentFacts, presentRun } from "./present_run.ts";
import type { RunFacts } from "./run_facts.ts";

/** The form of a short record for one kind of reader. */
export interface BriefForm {
  /** The keys it may have. */
  keys: readonly string[];
  /** The keys it has even if they are empty, because their absence would be puzzling. */
  always: readonly string[];
  /** The keys it leaves out even if there is a value. */
  without?(values: Record<string, unknown>): readonly string[];
  /** How far its JSON is indented, which counts as bytes. */
  indent: number;
  /** Whether texts are shortened only if there is no room for all of them. */
  whole?: boolean;
  /** What it says if texts were shortened or left out. */
  cut(names: readonly string[], runId: string): Record<string, unknown>;
}

interface Field {
  rank: number;
  /** How long its texts may be to begin with. */
  characters?: number;
  /** The length below which they are shortened only if nothing else can be. */
  least?: number;
}

/** What any short record may have, in order. If there is no room, the highest ranks are dropped first; those of rank 0 stay. */
const FIELDS: Record<string, Field> = {
  run_id: { rank: 0 },
  title: { rank: 0, characters: 100, least: 60 },
  status: { rank: 0 },
  older_layout: { rank: 0 },
  waiting_for: { rank: 0, characters: 1_000, least: 60 },
  answer_with: { rank: 0, characters: 200, least: 200 },
  goal_met: { rank: 0 },
  claimed: { rank: 0 },
  verified: { rank: 0 },
  words_of: { rank: 0 },
  summary: { rank: 0, characters: 1_000 },
  followup_prompt: { rank: 2, characters: 500 },
  has_followup: { rank: 1 },
  notes: { rank: 3, characters: 300 },
  exit_code: { rank: 1 },
  git_diff_stat: { rank: 2, characters: 400 },
  changes: { rank: 1, characters: 200 },
  self_running: { rank: 1, characters: 100, least: 40 },
  hidden_files: { rank: 1, characters: 100, least: 40 },
  left_out: { rank: 1, characters: 100, least: 40 },
  huge: { rank: 1, characters: 100, least: 40 },
  branch: { rank: 1 },
  overlaps: { rank: 2, characters: 200 },
  worktree_state: { rank: 2 },
  reason: { rank: 1, characters: 200 },
  failure: { rank: 1, characters: 200 },
  result_error: { rank: 2, characters: 200 },
  attempt: { rank: 1 },
  next_run_id: { rank: 1 },
  waiting: { rank: 1, characters: 200 },
  elsewhere: { rank: 1, characters: 200 },
  activity: { rank: 1, characters: 200 },
  messages: { rank: 2, characters: 200 },
  labels: { rank: 3, characters: 64 },
  project: { rank: 3 },
  cwd: { rank: 3 },
  owner: { rank: 3 },
  profile: { rank: 2 },
  model: { rank: 3 },
  created_at: { rank: 3 },
  duration: { rank: 3 },
  thread_id: { rank: 3 },
  parent_run_id: { rank: 3 },
  usage: { rank: 3 },
  warnings: { rank: 3, characters: 200 },
  stand_in: { rank: 3 },
  files: { rank: 4 },
  folder: { rank: 4 },
};

const LAST_RANK = 4;

/** What share of its characters each text keeps: if there is no room, all of them get shorter together. */
const SCALES = [1, 0.85, 0.7, 0.5, 0.35, 0.25];

/** The same for texts that may be long. */
const WHOLE_SCALES = [Infinity, 4, 2, ...SCALES];

/** Below this everything gets shorter. */
const LEAST_SCALE = 0.05;

/** A list is represented by its first few entries. */
const MOST_ITEMS = 5;

/** What a short record may take of a model's context, in bytes of JSON. */
export const BRIEF_BYTES = 1_900;

/** Several in one answer share this much, with at least {@linkcode FEWEST_BYTES} each. */
const SHARED_BYTES = 3_400;
const FEWEST_BYTES = 300;

/** How many bytes each of several short records may take; one that asks may take as many as if it were alone. */
export function bytesForEach(
  runs: number,
  record?: RunRecord,
): number {
  if (record && record.waiting_for !== null) return BRIEF_BYTES;
  return Math.max(
    FEWEST_BYTES,
    Math.min(BRIEF_BYTES, Math.floor(SHARED_BYTES / Math.max(1, runs))),
  );
}

/**
 * A run for a model: what matters, in a limited number of bytes of JSON. Texts
 * are shortened first; then fields are dropped, the least important first.
 */
export async function briefRun(
  workspace: Workspace,
  facts: RunFacts,
  form: BriefForm,
  maxBytes = BRIEF_BYTES,
): Promise<Record<string, unknown>> {
  const full = await presentRun(workspace, facts);
  return shorten(
    { ...full, ...inShort(workspace, facts, full) },
    form,
    maxBytes,
  );
}

/** A run in a row of a list: only what its record and {@linkcode runFacts} say, with nothing shortened. */
export function runRow(
  facts: RunFacts,
  { keys, always }: Pick<BriefForm, "keys" | "always">,
): Record<string, unknown> {
  const values: Record<string, unknown> = {
    ...presentFacts(facts),
    asks: facts.record.waiting_for && questionLine(facts.record.waiting_for),
    owner: briefOwner(facts.record),
  };
  return Object.fromEntries(
    keys.filter((name) => always.includes(name) || !isEmpty(values[name]))
      .map((name) => [name, values[name]]),
  );
}

/** What short records say more briefly than the whole one. */
function inShort(
  workspace: Workspace,
  { record, mergeable }: RunFacts,
  full: Record<string, unknown>,
): Record<string, unknown> {
  const { folder } = runFiles(workspace, parseRunId(record.run_id));
  const { messages, files } = full as {
    messages: { id: number; state: string; title?: string }[];
    files: Record<string, string>;
  };
  const names = Object.values(files)
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => path.slice(folder.length + 1));
  return {
    // A value of false is left out.
    claimed: full["claimed"] || null,
    stand_in: record.stand_in || null,
    waiting_for: record.waiting_for && Object.fromEntries(
      Object.entries(record.waiting_for).filter(([, value]) => !isEmpty(value)),
    ),
    has_followup: isEnded(record) && record.followup_prompt !== "",
    changes: isEnded(record) ? lastLine(record.git_diff_stat) : null,
    branch: mergeable,
    owner: briefOwner(record),
    attempt: record.chain.attempt > 1 ? record.chain.attempt : null,
    messages: messages.slice(-MOST_ITEMS)
      .map(({ id, state, title = "" }) => `${id} ${state}: ${title}`),
    files: names.length === 0 ? null : `${folder}/{${names.join(",")}}`,
    folder,
  };
}

/** The keys that say no more than others of the same record; a form may leave them out. */
export function redundantKeys(
  { goal_met, claimed, failure, summary, result_error }: Record<
    string,
    unknown
  >,
): string[] {
  const isExplained = goal_met === true || failure !== null ||
    goal_met === false && claimed === null && summary !== "" &&
      result_error === null;
  return [
    ...isExplained ? ["reason"] : [],
    ...goal_met === true ? ["claimed"] : [],
  ];
}

/** The line `2 files changed, 3 insertions(+)` of what `git diff --stat` prints. */
export function lastLine(stat: string | null): string | null {
  return stat?.trimEnd().split("\n").at(-1)?.trim() || null;
}

function shorten(
  values: Record<string, unknown>,
  form: BriefForm,
  maxBytes: number,
): Record<string, unknown> {
  const fits = (brief: unknown) => bytesOf(brief, form.indent) <= maxBytes;
  for (let rank = LAST_RANK; rank >= 0; rank--) {
    for (const scale of form.whole ? WHOLE_SCALES : SCALES) {
      const brief = cutTo(values, form, rank, scale);
      if (fits(brief)) return brief;
    }
  }
  for (let scale = Math.min(...SCALES);; scale *= 0.7) {
    const brief = cutTo(values, form, 0, scale);
    // By then only an id, a title and names are left.
    if (fits(brief) || scale < 0.01) return brief;
  }
}

function cutTo(
  values: Record<string, unknown>,
  { keys, always, without, cut }: BriefForm,
  mostRank: number,
  scale: number,
): Record<string, unknown> {
  const shortened = new Set<string>();
  const brief: Record<string, unknown> = {};
  const redundant = without?.(values) ?? [];
  for (
    const [name, { rank, characters, least = 0 }] of Object.entries(FIELDS)
  ) {
    const value = values[name];
    if (!keys.includes(name) || redundant.includes(name)) continue;
    if (isEmpty(value) && (!always.includes(name) || rank > mostRank)) continue;
    if (rank > mostRank) {
      // Names that are left out can be found elsewhere; words cannot.
      if (characters !== undefined) shortened.add(name);
      continue;
    }
    brief[name] = characters === undefined ? value : mapTexts(value, (text) => {
      const room = Math.floor(characters * scale);
      const start = beginning(
        text,
        scale < LEAST_SCALE ? room : Math.max(room, least),
      );
      if (start !== text) shortened.add(name);
      return start;
    }, () => shortened.add(name));
  }
  return shortened.size === 0
    ? brief
    : { ...brief, ...cut([...shortened], String(values["run_id"])) };
}

/** At most this many characters, with `…` where something is left out; too few would say nothing. */
function beginning(text: string, room: number): string {
  if (text.length <= room) return text;
  // The rest of a long text is never looked at.
  const characters = [...text.slice(0, 2 * room + 2)];
  if (characters.length <= room) return text;
  return room < 8 ? "…" : characters.slice(0, room).join("") + "…";
}

function mapTexts(
  value: unknown,
  change: (text: string) => string,
  onLeftOut: () => void,
): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) {
    if (value.length > MOST_ITEMS) onLeftOut();
    return value.slice(0, MOST_ITEMS)
      .map((item) => mapTexts(item, change, onLeftOut));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, item]) => [key, mapTexts(item, change, onLeftOut)]),
    );
  }
  return value;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "" ||
    Array.isArray(value) && value.length === 0;
}

function bytesOf(value: unknown, indent: number): number {
  const json = escapeInJson(JSON.stringify(value, null, indent));
  return new TextEncoder().encode(json).length;
}
