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

/** A check gives what it finds as it finds it, so that what comes before a hang is not lost. */
export interface Check {
  name: string;
  /** Who is to blame when it does not end. */
  subject: string;
  remedy: string;
  run(examination: Examination): AsyncIterable<Finding>;
}

const DISK_REMEDY = "look after the disk that the workspace is on";

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
    remedy: "take folders that do not answer off PATH",
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
    remedy: 'try "tmux list-sessions", and the disk of the workspace',
    run: checkUnfinished,
  },
  {
    name: "disk",
    subject: "df (which git runs)",
    remedy: "look for a network disk that does not answer",
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

/** How long a check may take; all of them run side by side. */
export const CHECK_TIMEOUT_MS = 1_500;

export interface DiagnoseOptions {
  caller: Caller;
  /** The value of `--workspace`. */
  workspace?: string;
  /** Whether checks may write; they remove again what they wrote. */
  mayWrite: boolean;
  timeoutMs?: number;
  checks?: readonly Check[];
}

/** Runs all checks side by side and returns what they find, in their order. Never throws, and ends in time. */
export async function diagnose(options: DiagnoseOptions): Promise<Finding[]> {
  const { timeoutMs = CHECK_TIMEOUT_MS, checks = CHECKS } = options;
  const timeUp = new AbortController();
  const timer = setTimeout(() => timeUp.abort(), timeoutMs);
  try {
    const examination = makeExamination({ ...options, signal: timeUp.signal });
    const found = await Promise.all(
      checks.map((check) => runCheck(check, examination, timeoutMs)),
    );
    return found.flat();
  } finally {
    clearTimeout(timer);
  }
}

async function runCheck(
  check: Check,
  examination: Examination,
  timeoutMs: number,
): Promise<Finding[]> {
  const { signal } = examination;
  const findings: Finding[] = [];
  const { promise: timeUp, resolve } = Promise.withResolvers<Finding[]>();
  signal.addEventListener("abort", () => {
    // As it is now: what a program says because it was ended does not count.
    resolve([
      ...findings,
      problem(
        check.name,
        `${check.subject} did not answer within ${timeoutMs / 1000} s`,
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
