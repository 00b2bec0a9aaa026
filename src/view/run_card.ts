import { isEnded, type RunRecord } from "../run/record.ts";
import { answerCommands, questionLines } from "../run/question_lines.ts";
import { toldLines } from "../run/told_lines.ts";
import { type Canvas, drawMarked } from "../terminal/draw_text.ts";
import { outcomeOf } from "../terminal/outcome.ts";
import { drawResult } from "../terminal/result_box.ts";
import { formatDuration } from "../text/duration.ts";
import { harmlessLine } from "../text/others_words.ts";
import { formatWhen } from "../text/relative_time.ts";
import { firstOf } from "../text/wording.ts";
import { chainLine } from "./chain_line.ts";
import type { RunFacts } from "./run_facts.ts";

export interface RunCardOptions extends Canvas {
  /** The runs of the chain, oldest first. */
  chain: readonly RunRecord[];
  /** The folder with what is stored of the run. */
  folder: string;
  /** The form in which ids are shown in commands. */
  short: (id: string) => string;
  now: number;
}

const LABEL_COLUMNS = 8;

/** How many files a line names. */
const MOST_FILES = 8;

/** A run as a person reads it: what it is, its result, its chain, and what to do next. */
export function runCard(facts: RunFacts, options: RunCardOptions): string[] {
  const { chain, folder, short, now, ...canvas } = options;
  const { style } = canvas;
  const { record } = facts;
  const { mark, words, paint } = outcomeOf(record);
  const row = (label: string, text: string) =>
    text === "" ? [] : drawMarked(canvas, label.padEnd(LABEL_COLUMNS), text, {
      markPaint: style.dim,
    });
  const result = isEnded(record)
    ? drawResult(canvas, {
      ...record,
      // That its worker or its check said so is in the first line.
      reason: record.status === "finished" && record.summary !== ""
        ? null
        : record.reason,
      told: [...toldLines(record), ...overlapsIn(facts)],
    })
    : record.waiting_for === null
    ? []
    : questionLines(record.waiting_for).map((line) => `  ${line}`);
  return [
    `${style[paint](style.strong(mark))} ${
      style.strong(harmlessLine(record.title, canvas.width - 2))
    }`,
    ...row(
      "run",
      [record.run_id, ...record.labels.map((l) => `#${l}`)].join(" "),
    ),
    ...row(
      "state",
      isEnded(record) ? "" : [words, ...stateOf(facts)].join(", "),
    ),
    ...row("worker", workerOf(record)),
    ...row("time", timeOf(facts, now)),
    ...row("folder", record.cwd),
    ...row("work", workOf(facts)),
    ...row("pane", isEnded(record) ? "" : record.pane?.pane_id ?? ""),
    ...result,
    ...chain.length < 2 ? [] : chain.flatMap((run, index) =>
      row(
        index === 0 ? "chain" : "",
        `${run.run_id === record.run_id ? "→" : "·"} ${short(run.run_id)} ${
          chainLine(run)
        }`,
      )
    ),
    ...record.warnings.flatMap((text) => row("warning", harmlessLine(text))),
    ...row("files", folder),
    ...nextSteps(facts, short(record.run_id)).map(([command, what], index) =>
      `${
        style.dim((index === 0 ? "next" : "").padEnd(LABEL_COLUMNS))
      } ${command}  ${style.dim(what)}`
    ),
  ];
}

function overlapsIn({ overlaps }: RunFacts): string[] {
  return overlaps.map(({ run_id, files }) =>
    `Run ${run_id} changed the same files at the same time: ${
      firstOf(files.map((path) => harmlessLine(path)), MOST_FILES)
    }`
  );
}

/** What else there is to say of a run that has not ended. */
function stateOf({ record, waiting, elsewhere }: RunFacts): string[] {
  return [
    ...waiting === null ? [] : [waiting],
    ...elsewhere === null ? [] : [elsewhere],
    ...record.activity === null || record.waiting_for !== null
      ? []
      : [harmlessLine(record.activity)],
  ];
}

function workerOf(
  { profile, model, project, sandbox, chain, stand_in }: RunRecord,
): string {
  return [
    ...profile === null ? [] : [`profile ${profile}`],
    ...model === null ? [] : [model],
    ...project === null ? [] : [`project ${project}`],
    sandbox,
    ...chain.attempt > 1 ? [`attempt ${chain.attempt}`] : [],
    ...stand_in ? ["the stand-in, not Codex"] : [],
  ].join(" · ");
}

function timeOf({ record, durationMs }: RunFacts, now: number): string {
  const made = formatWhen(record.created_at, now);
  if (durationMs === null) return `asked for ${made}`;
  const took = formatDuration(durationMs);
  return isEnded(record)
    ? `asked for ${made}, took ${took}, ended ${
      formatWhen(record.ended_at, now)
    }`
    : `asked for ${made}, running for ${took}`;
}

/** Where its work is. */
function workOf({ record, worktreeState, mergeable }: RunFacts): string {
  if (record.worktree === null) return "";
  const { branch } = record.worktree;
  if (mergeable !== null) return `branch ${branch}, not merged yet`;
  return worktreeState === null || worktreeState.state === "kept"
    ? `branch ${branch}`
    : worktreeState.state === "unchanged"
    ? "a worktree that held no changes"
    : `branch ${branch}, ${worktreeState.state}`;
}

/** The commands that a person may want now, with what they do. */
function nextSteps(
  { record, mergeable, resumable, waiting }: RunFacts,
  id: string,
): [command: string, what: string][] {
  if (record.waiting_for !== null) {
    return answerCommands(record.run_id, record.waiting_for).map((
      command,
    ) => [command, "answers it"]);
  }
  if (!isEnded(record)) {
    return record.status === "queued" && waiting !== null
      ? [
        ...record.held
          ? [[`agentctl release ${id}`, "lets it start"] as [string, string]]
          : [],
        [`agentctl stop ${id}`, "takes it out of the queue"],
      ]
      : [
        [`agentctl wait ${id}`, "waits for its result"],
        [`agentctl send ${id} TEXT`, "tells its worker something"],
        [`agentctl stop ${id}`, "ends it"],
      ];
  }
  const steps: [string, string][] = [];
  if (record.files_changed.length > 0 || mergeable !== null) {
    steps.push([`agentctl diff ${id}`, "shows what it changed"]);
  }
  if (mergeable !== null) {
    steps.push([`agentctl merge ${id}`, "merges its branch into yours"]);
  }
  if (record.next_run_id !== null) return steps;
  if (resumable) {
    steps.push([
      `agentctl resume ${id}`,
      "continues with the prompt that its worker left",
    ]);
  } else if (record.goal_met !== true) {
    steps.push([
      `agentctl rerun ${id}`,
      "runs the task again, in a new thread",
    ]);
  }
  return steps;
}
