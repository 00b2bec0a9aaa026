import { inTime } from "../system/delay.ts";
import { checkAccount } from "./check_account.ts";
import { checkClaude } from "./check_claude.ts";
import { checkClock } from "./check_clock.ts";
import { checkCodex } from "./check_codex.ts";
import { checkDisk } from "./check_disk.ts";
import { checkEnvironmentFiles } from "./check_environment_files.ts";
import { checkGit } from "./check_git.ts";
import { checkHosts } from "./check_hosts.ts";
import { checkLeftovers } from "./check_leftovers.ts";
import { checkModes } from "./check_modes.ts";
import { checkProjects } from "./check_projects.ts";
import { checkRecords } from "./check_records.ts";
import { checkStart, START_CHECK } from "./check_start.ts";
import { checkStates } from "./check_states.ts";
import { checkTmux } from "./check_tmux.ts";
import { checkUnasked } from "./check_unasked.ts";
import { checkUnfinished } from "./check_unfinished.ts";
import { checkWatching } from "./check_watching.ts";
import { checkWritable } from "./check_writable.ts";
import { checkWorkspace } from "./check_workspace.ts";
import {
  type Examination,
  type ExaminationOptions,
  makeExamination,
} from "./examination.ts";
import { type Finding, problem, problemOf, warning } from "./finding.ts";
import { describeLoad } from "./machine_load.ts";
import { makePatience, type Patience, type TimeUp } from "./patience.ts";

/** A check yields each finding at once, so that none from before a hang is lost. */
export interface Check {
  name: string;
  /** What to blame if it does not end; the workspace by default. */
  subject?: string;
  /** What to do then; by default, to look at the disk. */
  remedy?: string;
  run(examination: Examination): AsyncIterable<Finding>;
}

const NO_ANSWER = "did not answer within";

const DISK_REMEDY = "check the disk that the workspace is on";

/** All checks, in the order in which they are shown. */
const CHECKS: readonly Check[] = [
  {
    name: "tmux",
    subject: "tmux",
    remedy: 'try "tmux -V" and "tmux list-sessions"; end a server that hangs',
    run: checkTmux,
  },
  {
    name: "codex",
    subject: "codex",
    remedy: 'try "codex --version" and "codex login status"',
    run: checkCodex,
  },
  { name: "codex.account", run: checkAccount },
  { name: "git", subject: "git", remedy: 'try "git --version"', run: checkGit },
  {
    name: "claude",
    subject: "The search for claude",
    remedy: "remove folders that do not respond from PATH",
    run: checkClaude,
  },
  { name: "unasked", subject: "The home folder", run: checkUnasked },
  { name: "workspace", run: checkWorkspace },
  { name: "workspace.writable", run: checkWritable },
  { name: "workspace.modes", run: checkModes },
  {
    name: "workspace.projects",
    subject: "A folder of a project",
    run: checkProjects,
  },
  { name: "states", subject: "The home folder", run: checkStates },
  { name: "workspace.leftovers", run: checkLeftovers },
  { name: "runs", run: checkRecords },
  { name: "runs.environment", run: checkEnvironmentFiles },
  {
    name: "runs.unfinished",
    subject: "A lock or the tmux server of a run",
    remedy: 'try "tmux list-sessions", and check the disk of the workspace',
    run: checkUnfinished,
  },
  {
    name: START_CHECK,
    subject: "What starts a run",
    remedy: "look at the other findings",
    run: checkStart,
  },
  {
    name: "disk",
    subject: "df (which git runs)",
    remedy: "look for a network disk that does not respond",
    run: checkDisk,
  },
  { name: "clock", run: checkClock },
  { name: "watching", run: (examination) => checkWatching(examination) },
  { name: "machines", run: checkHosts },
];

/** How long checks that were given up may take to remove what they made. */
const CLEANING_MS = 1_000;

export interface DiagnoseOptions extends Omit<ExaminationOptions, "signal"> {
  /** How long a check may take; without it, that depends on how busy the machine is. */
  timeoutMs?: number;
  checks?: readonly Check[];
  /** Gives up all checks; what they find is then worth nothing. */
  signal?: AbortSignal;
}

/** Runs all checks in parallel and returns what they find, in their order. Never throws, and ends in time. */
export async function diagnose(options: DiagnoseOptions): Promise<Finding[]> {
  const { timeoutMs, checks = CHECKS } = options;
  const done = new AbortController();
  const over = AbortSignal.any([
    done.signal,
    ...options.signal ? [options.signal] : [],
  ]);
  const examination = makeExamination({ ...options, signal: over });
  const patience = makePatience({
    env: options.caller.env,
    over,
    fixedMs: timeoutMs,
  });
  const runs = checks.map((check) =>
    runCheck(check, examination, patience, over)
  );
  const found = await Promise.all(runs.map(({ findings }) => findings));
  done.abort();
  const ended = Promise.all(runs.map(({ ended }) => ended));
  await inTime(ended, CLEANING_MS, null);
  return withoutEchoes(found.flat());
}

/** A check at work. */
interface RunningCheck {
  /** What it has found when it ends, or is given up. */
  findings: Promise<Finding[]>;
  /** Resolves when it has ended. */
  ended: Promise<unknown>;
}

function runCheck(
  check: Check,
  examination: Examination,
  patience: Patience,
  over: AbortSignal,
): RunningCheck {
  const findings: Finding[] = [];
  const giveUp = new AbortController();
  const signal = AbortSignal.any([giveUp.signal, over]);
  const collect = async () => {
    try {
      for await (const finding of check.run({ ...examination, signal })) {
        if (!signal.aborted) findings.push(finding);
      }
    } catch (error) {
      if (!signal.aborted) {
        findings.push(
          problemOf(check.name, error, check.remedy ?? DISK_REMEDY),
        );
      }
    }
    return null;
  };
  const ended = collect();
  const finish = async () => {
    const answered = new AbortController();
    const timeUp = patience.timeUp(AbortSignal.any([answered.signal, over]));
    const end = await Promise.race([ended, timeUp]);
    answered.abort();
    if (end === null) return findings;
    // What a program says because we ended it does not count.
    giveUp.abort();
    return [...findings, noAnswer(check, end)];
  };
  return { findings: finish(), ended };
}

/** Slow is not broken: on a busy machine it is no more than a warning. */
function noAnswer(
  { name, subject = "The workspace", remedy = DISK_REMEDY }: Check,
  { verdict, afterMs, load }: TimeUp,
): Finding {
  const seconds = afterMs < 1000
    ? Math.round(afterMs / 10) / 100
    : Math.round(afterMs / 1000);
  const message = `${subject} ${NO_ANSWER} ${seconds} s`;
  return verdict === "hangs" ? problem(name, message, remedy) : warning(
    name,
    `${message}; the machine is busy${describeLoad(load)}`,
    'run "agentctl doctor" again when less is running',
  );
}

/** Drops what the attempt to start a run tells of a cause that another check has named, and keeps once what keeps many checks from their work. */
function withoutEchoes(all: Finding[]): Finding[] {
  const problems = all.filter(({ state }) => state === "problem");
  const findings = all.filter((finding) => {
    const same = problems.filter(({ message }) => message === finding.message);
    const told = same.find(({ check }) => check === "workspace") ?? same[0];
    return finding.state !== "problem" || told === finding;
  });
  const others = findings.filter(({ check, state }) =>
    check !== START_CHECK && state !== "ok"
  );
  const isEcho = ({ message }: Finding) =>
    others.some((other) =>
      message.includes(other.message) ||
      [message, other.message].every((text) => text.includes(NO_ANSWER))
    );
  return findings.filter((finding) =>
    finding.check !== START_CHECK || !isEcho(finding)
  );
}
