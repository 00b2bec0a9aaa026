import { readChunks } from "../system/command.ts";
import { aborted } from "../system/delay.ts";
import { spawnShell } from "../system/shell.ts";
import type { LogFile } from "../files/log_file.ts";
import { RUN_ID_VARIABLE } from "../run/environment.ts";
import {
  endLeftovers,
  openRunLog,
  type SupervisedRun,
} from "./supervised_run.ts";

/** A command that agentctl runs for a run: its check, or the set-up of its worktree. */
export interface Verification {
  /** A script for `/bin/sh`. */
  script: string;
  cwd: string;
  env: Record<string, string>;
  timeoutMs: number;
  log: LogFile;
  signal: AbortSignal;
  /** Ends what the check leaves behind. */
  endLeftovers: () => Promise<void>;
}

/** A check or a set-up that takes longer than this hangs. */
const TIMEOUT_MS = 30 * 60_000;

/** The result of a command. */
export interface VerificationEnd {
  passed: boolean;
  /** What happened, such as `exit code 1`. */
  outcome: string;
  /** The last lines that it printed. */
  tail: string;
}

const TAIL_CHARACTERS = 16_000;

/** Runs a script for a run, in its folder; what it prints goes into a log of the run. */
export async function verifyRun(
  run: SupervisedRun,
  log: string,
  script: string,
  env: Record<string, string>,
): Promise<VerificationEnd> {
  return await verify({
    script,
    cwd: run.keeper.current().cwd,
    env: { ...env, [RUN_ID_VARIABLE]: run.id },
    timeoutMs: TIMEOUT_MS,
    log: openRunLog(run, log),
    signal: run.ending.signal,
    endLeftovers: () => endLeftovers(run),
  });
}

/** Runs a command through the shell in the run's folder until it ends or its time is up. */
export async function verify(
  verification: Verification,
): Promise<VerificationEnd> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), verification.timeoutMs);
  const stop = AbortSignal.any([timeout.signal, verification.signal]);
  const child = spawnShell(verification.script, verification);
  let tail = "";
  const decoder = new TextDecoder();
  const keep = (bytes: Uint8Array) => {
    verification.log.write(bytes);
    tail = (tail + decoder.decode(bytes, { stream: true })).slice(
      -TAIL_CHARACTERS,
    );
  };
  const reading = Promise.all([
    readChunks(child.stdout, keep),
    readChunks(child.stderr, keep),
  ]);
  const status = await Promise.race([child.status, aborted(stop)]);
  clearTimeout(timer);
  // What it started must neither hold its pipes open nor outlive it.
  await verification.endLeftovers();
  await Promise.all([child.status, reading]);
  if (!status) {
    const outcome = timeout.signal.aborted
      ? `no answer within ${verification.timeoutMs / 1_000} s`
      : "stopped";
    return { passed: false, outcome, tail };
  }
  return {
    passed: status.code === 0,
    outcome: `exit code ${status.code}`,
    tail,
  };
}
