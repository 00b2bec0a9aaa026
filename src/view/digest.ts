import { isEnded, isGood } from "../run/record.ts";
import { closingWords } from "../run/outcome.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import { formatDuration } from "../text/duration.ts";
import { harmlessLine } from "../text/others_words.ts";
import { escapeInJson } from "../text/sanitize.ts";
import { plural } from "../text/wording.ts";
import type { Workspace } from "../workspace/workspace.ts";
import {
  type BriefForm,
  briefRun,
  lastLine,
  redundantKeys,
} from "./brief_run.ts";
import type { RunFacts } from "./run_facts.ts";

/** What a run that needs no attention may take, with its line break, so that ten fit into 2 KB and fifty into 10. */
export const GOOD_BYTES = 160;

/** What a run that needs attention may take if there is room. */
export const PROBLEM_BYTES = 4_000;

/** The least that is worth saying of one. */
const LEAST_PROBLEM_BYTES = 400;

/** What all of them share. Claude Code puts more than 30,000 characters of output into a file. */
const PROBLEMS_BYTES = 12_000;

const TITLE_BYTES = 40;

/** Fewer of a worker's words say nothing. */
const LEAST_WORDS_BYTES = 12;

/** What is said of a run that needs attention, or an answer, besides its id, title, outcome and time. */
const PROBLEM_KEYS = [
  ...["waiting_for", "answer_with"],
  ...["words_of", "claimed", "verified", "summary", "followup_prompt", "notes"],
  ...["changes", "self_running", "hidden_files", "left_out", "huge"],
  ...[
    "branch",
    "overlaps",
    "worktree_state",
    "reason",
    "failure",
    "result_error",
  ],
  ...["next_run_id", "profile", "warnings"],
];

const PROBLEM_FORM: BriefForm = {
  keys: ["run_id", ...PROBLEM_KEYS],
  always: [],
  without: redundantKeys,
  indent: 0,
  whole: true,
  cut: (shortened) => ({ shortened }),
};

/** Whether a run needs no attention: it reached its goal, and nothing about its change has to be told. */
export function isPlain({ record }: RunFacts): boolean {
  return isGood(record) && isEnded(record) && record.next_run_id === null &&
    record.huge === null &&
    [record.self_running, record.hidden_files, record.left_out]
      .every((files) => files.length === 0);
}

/** How many bytes there are for each of these runs that needs attention; for one that asks, as many as if it were alone. */
export function problemBytes(
  runs: readonly RunFacts[],
): (facts: RunFacts) => number {
  const problems = runs.filter(isProblem).length;
  const bytes = Math.max(
    LEAST_PROBLEM_BYTES,
    Math.min(PROBLEM_BYTES, Math.floor(PROBLEMS_BYTES / Math.max(1, problems))),
  );
  return ({ record }) => record.waiting_for === null ? bytes : PROBLEM_BYTES;
}

/**
 * Many runs for a model, a line each: in a few words those that need no
 * attention, and as a whole those that do.
 */
export async function digest(
  workspace: Workspace,
  runs: readonly RunFacts[],
): Promise<string[]> {
  const bytes = problemBytes(runs);
  return await Promise.all(
    runs.map((facts) => digestLine(workspace, facts, bytes(facts))),
  );
}

/**
 * A run in one line for a model. If it needs no attention, or has not ended: mark,
 * id, title, outcome and as much of its summary as fits into {@linkcode GOOD_BYTES}.
 * Otherwise all that its worker asks or says, and agentctl says of it, as JSON
 * behind the outcome, in at most about `maxBytes`.
 */
export async function digestLine(
  workspace: Workspace,
  facts: RunFacts,
  maxBytes = PROBLEM_BYTES,
): Promise<string> {
  if (!isProblem(facts)) return plainLine(facts);
  const head = headOf(facts, [], 100);
  const { run_id: _, ...rest } = await briefRun(
    workspace,
    facts,
    PROBLEM_FORM,
    maxBytes - bytesOf(head),
  );
  return `${head} ${escapeInJson(JSON.stringify(rest))}`;
}

function isProblem(facts: RunFacts): boolean {
  const { record } = facts;
  return record.waiting_for !== null || isEnded(record) && !isPlain(facts);
}

function plainLine(facts: RunFacts): string {
  const { record, waiting, elsewhere } = facts;
  const head = headOf(facts, isEnded(record) ? flagsOf(facts) : []);
  const words = isEnded(record)
    ? closingWords(record)
    : waiting ?? elsewhere ?? record.activity ?? "";
  const room = GOOD_BYTES - bytesOf(head) - 2;
  return words === "" || room < LEAST_WORDS_BYTES
    ? head.slice(0, -1)
    : `${head} ${cutBytes(words, room)}`;
}

/** Mark, id, title, outcome and time. */
function headOf(
  { record, durationMs }: RunFacts,
  flags: readonly string[],
  titleBytes = TITLE_BYTES,
): string {
  const { mark, words } = outcomeOf(record);
  const { attempt } = record.chain;
  const facts = [
    words,
    ...attempt > 1 ? [`attempt ${attempt}`] : [],
    ...durationMs === null ? [] : [formatDuration(durationMs)],
    ...flags,
  ];
  // Without quotes of its own, a title ends where it seems to.
  const title = cutBytes(record.title.replaceAll('"', "'"), titleBytes);
  return `${mark} ${record.run_id} "${title}" (${facts.join(", ")}):`;
}

/** What else there is to know of a run that needs no attention. */
function flagsOf({ record, mergeable, overlaps }: RunFacts): string[] {
  if (!isEnded(record)) return [];
  const files = /^(\d+) files? changed/.exec(
    lastLine(record.git_diff_stat) ?? "",
  );
  return [
    ...files ? [plural(Number(files[1]), "file")] : [],
    ...mergeable === null ? [] : ["unmerged"],
    ...overlaps.length === 0 ? [] : ["overlaps"],
    ...record.notes === "" ? [] : ["notes"],
    ...record.warnings.length === 0
      ? []
      : [plural(record.warnings.length, "warning")],
  ];
}

/** The beginning of a worker's words, as a harmless line of at most this many bytes. */
export function cutBytes(text: string, maxBytes: number): string {
  const line = harmlessLine(text);
  if (bytesOf(line) <= maxBytes) return line;
  let bytes = bytesOf("…");
  let cut = "";
  for (const character of line) {
    bytes += bytesOf(character);
    if (bytes > maxBytes) break;
    cut += character;
  }
  return `${cut.trimEnd()}…`;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
