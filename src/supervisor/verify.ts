import { spawnShell } from "../system/shell.ts";
import type { LogFile } from "./turn.ts";

/** A check of the run's work, outside the worker. */
export interface Verification {
  /** A line for `/bin/sh`. */
  command: string;
  cwd: string;
  env: Record<string, string>;
  timeoutMs: number;
  log: LogFile;
  signal: AbortSignal;
  /** Ends what the check leaves behind. */
  endLeftovers: () => Promise<void>;
}

/** How a check came out. */
export interface VerificationEnd {
  passed: boolean;
  /** What happened, such as `exit code 1`. */
  outcome: string;
  /** The last lines that it printed. */
  tail: string;
}

const TAIL_CHARACTERS = 2_000;

/**
 * Runs a check through the shell in the run's folder. It is the person's own
 * command and is not confined: it may do what the person may.
 */
export async function verify(
  verification: Verification,
): Promise<VerificationEnd> {
  const timeout = AbortSignal.timeout(verification.timeoutMs);
  const stop = AbortSignal.any([timeout, verification.signal]);
  const child = spawnShell(verification.command, verification);
  let tail = "";
  const decoder = new TextDecoder();
  const keep = (bytes: Uint8Array) => {
    verification.log.write(bytes);
    tail = (tail + decoder.decode(bytes, { stream: true })).slice(
      -TAIL_CHARACTERS,
    );
  };
  const reading = Promise.all([
    readAll(child.stdout, keep),
    readAll(child.stderr, keep),
  ]);
  const stopped = new Promise<null>((resolve) => {
    if (stop.aborted) resolve(null);
    stop.addEventListener("abort", () => resolve(null), { once: true });
  });
  const status = await Promise.race([child.status, stopped]);
  // What it started must not hold its pipes open, nor outlive it.
  await verification.endLeftovers();
  await Promise.all([child.status, reading]);
  if (status === null) {
    const outcome = timeout.aborted
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

async function readAll(
  stream: ReadableStream<Uint8Array>,
  onBytes: (bytes: Uint8Array) => void,
): Promise<void> {
  for await (const bytes of stream) onBytes(bytes);
}
