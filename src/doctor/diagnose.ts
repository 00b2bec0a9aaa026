import { runCommand } from "../system/command.ts";
import { runShell } from "../system/shell.ts";
import type { Caller } from "../workspace/workspace.ts";
import { checkClaude } from "./check_claude.ts";
import { checkClock } from "./check_clock.ts";
import { checkCodex } from "./check_codex.ts";
import { checkDisk } from "./check_disk.ts";
import { checkEnvironmentFiles } from "./check_environment_files.ts";
import { checkGit } from "./check_git.ts";
import { checkLeftovers } from "./check_leftovers.ts";
import { checkModes } from "./check_modes.ts";
import { checkPanes } from "./check_panes.ts";
import { checkProjects } from "./check_projects.ts";
import { checkRecords } from "./check_records.ts";
import { checkStates } from "./check_states.ts";
import { checkTmux } from "./check_tmux.ts";
import { checkUnasked } from "./check_unasked.ts";
import { checkUnfinished } from "./check_unfinished.ts";
import { checkWatching } from "./check_watching.ts";
import { checkWorkspace } from "./check_workspace.ts";
import { type Examination, makeExamination } from "./examination.ts";
import { type Finding, problem, problemOf } from "./finding.ts";
import { ignored } from "../system/ignore.ts";

/** A check yields each finding at once, so that none from before a hang is lost. */
export interface Check {
  name: string;
  /** What to blame if it does not end. */
  subject: string;
  remedy: string;
  run(examination: Examination): AsyncIterable<Finding>;
}

const DISK_REMEDY = "check the disk that the workspace is on";

/** All checks, in the order in which they are shown. */
const CHECKS: readonly Check[] = [
  {
    name: "tmux",
    subject: "tmux",
    remedy: 'try "tmux -V"; repair or install tmux again',
    run: checkTmux,
  },
  {
    name: "tmux.panes",
    subject: "The tmux server",
    remedy: 'try "tmux list-sessions"; end a server that hangs',
    run: checkPanes,
  },
  {
    name: "codex",
    subject: "codex",
    remedy: 'try "codex --version"; repair or install Codex again',
    run: checkCodex,
  },
  {
    name: "git",
    subject: "git",
    remedy: 'try "git --version"; repair or install git again',
    run: checkGit,
  },
  {
    name: "claude",
    subject: "The search for claude",
    remedy: "remove folders that do not respond from PATH",
    run: checkClaude,
  },
  ...([
    ["unasked", "The home folder", checkUnasked],
    ["workspace", "The workspace", checkWorkspace],
    ["workspace.modes", "The workspace", checkModes],
    ["workspace.projects", "A folder of a project", checkProjects],
    ["states", "The home folder", checkStates],
    ["workspace.leftovers", "The workspace", checkLeftovers],
    ["runs", "The workspace", checkRecords],
    ["runs.environment", "The workspace", checkEnvironmentFiles],
  ] as const).map(([name, subject, run]) => ({
    name,
    subject,
    remedy: DISK_REMEDY,
    run,
  })),
  {
    name: "runs.unfinished",
    subject: "A lock or the tmux server of a run",
    remedy: 'try "tmux list-sessions", and check the disk of the workspace',
    run: checkUnfinished,
  },
  {
    name: "disk",
    subject: "df (which git runs)",
    remedy: "look for a network disk that does not respond",
    run: checkDisk,
  },
  {
    name: "clock",
    subject: "The workspace",
    remedy: DISK_REMEDY,
    run: checkClock,
  },
  {
    name: "watching",
    subject: "The workspace",
    remedy: DISK_REMEDY,
    run: (examination) => checkWatching(examination),
  },
];

/** How long a check may take on an idle machine; all of them run in parallel. */
const CHECK_TIMEOUT_MS = 1_500;

/** How long on a busy machine. */
const BUSY_TIMEOUT_MS = 8_000;

/** How long a check may take, as a multiple of what a program that does nothing takes. */
const IDLE_CALLS = 60;

export interface DiagnoseOptions {
  caller: Caller;
  /** The value of `--workspace`. */
  workspace?: string;
  /** Whether checks may write; they remove what they wrote. */
  mayWrite: boolean;
  timeoutMs?: number;
  checks?: readonly Check[];
}

/** Runs all checks in parallel and returns what they find, in their order. Never throws, and ends in time. */
export async function diagnose(options: DiagnoseOptions): Promise<Finding[]> {
  const { caller, timeoutMs, checks = CHECKS } = options;
  const timeUp = new AbortController();
  const over = new AbortController();
  const examination = makeExamination({ ...options, signal: timeUp.signal });
  abortAfter(
    timeUp,
    timeoutMs === undefined
      ? timeLimit(caller.env, over.signal)
      : Promise.resolve(timeoutMs),
    over.signal,
  );
  try {
    const found = await Promise.all(
      checks.map((check) => runCheck(check, examination)),
    );
    return found.flat();
  } finally {
    over.abort();
  }
}

/** Aborts when a limit that only becomes known later has passed, with the limit in milliseconds as the reason. */
function abortAfter(
  timeUp: AbortController,
  limit: Promise<number>,
  over: AbortSignal,
): void {
  const began = Date.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const set = (limitMs: number) => {
    clearTimeout(timer);
    if (over.aborted) return;
    const left = limitMs - (Date.now() - began);
    timer = setTimeout(() => timeUp.abort(limitMs), Math.max(0, left));
  };
  set(BUSY_TIMEOUT_MS);
  limit.then(set);
  over.addEventListener("abort", () => clearTimeout(timer), { once: true });
}

/**
 * How long a check may take, given how long the quicker of two programs takes to do
 * nothing, because either may hang: a check that is only as slow as everything
 * else is not hanging. Never throws.
 */
async function timeLimit(
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<number> {
  const began = Date.now();
  await Promise.any([
    runShell(":", { env, signal }),
    runCommand("tmux", ["-V"], { env, signal }),
  ]).catch(ignored("neither program answers, which their own checks report"));
  const callsMs = (Date.now() - began) * IDLE_CALLS;
  return Math.min(BUSY_TIMEOUT_MS, Math.max(CHECK_TIMEOUT_MS, callsMs));
}

async function runCheck(
  check: Check,
  examination: Examination,
): Promise<Finding[]> {
  const { signal } = examination;
  const findings: Finding[] = [];
  const { promise: timeUp, resolve } = Promise.withResolvers<Finding[]>();
  signal.addEventListener("abort", () => {
    // As it is now: what a program says because we ended it does not count.
    resolve([
      ...findings,
      problem(
        check.name,
        `${check.subject} did not answer within ${
          Number(signal.reason) / 1000
        } s`,
        check.remedy,
      ),
    ]);
  }, { once: true });
  const collect = async () => {
    try {
      for await (const finding of check.run(examination)) {
        findings.push(finding);
      }
      return findings;
    } catch (error) {
      return [...findings, problemOf(check.name, error, check.remedy)];
    }
  };
  return await Promise.race([collect(), timeUp]);
}
