import {
  type EndedRecord,
  isGood,
  type RunChain,
  tokensOf,
} from "../run/record.ts";
import { growingMs, isLimit } from "../queue/pauses.ts";

/** What comes after an attempt that did not reach its goal. */
export interface NextAttempt {
  cause: Exclude<RunChain["cause"], "start">;
  profile: string | null;
  chain: RunChain;
  /** Whether it continues the thread of the attempt before; otherwise the task starts over. */
  continues: boolean;
}

/** Transient failures, which may not recur in a retry. */
const TRANSIENT: readonly string[] = ["network", "model_error", "killed"];

/**
 * Failures whose cause another process may have removed a moment later: a lock or
 * port is free, the account is there, the network is up. They are tried again
 * without --retry; the network only if the worker had not begun.
 */
const HEALING: readonly string[] = ["busy", "account_changed", "network"];

const MOST_HEALINGS = 2;

/** How often in a row an account limit is waited for. */
const MOST_LIMITS = 10;

/** The same for a limit that may never end (no credits left, say), because Codex names no time: the user has to hear about it soon. */
const MOST_LIMITS_WITHOUT_END = 3;

/**
 * Decides, from its record alone, what comes after a run: another attempt in
 * the same chain, or nothing. An account limit is waited for; a transient
 * failure is retried as often as `--retry` says, and without it an obstacle at
 * the beginning that may go away by itself twice; a goal that is not met goes to
 * the next profile of `--escalate`. What somebody has stopped stays stopped, and
 * the limits of the chain apply.
 */
export function nextAttempt(record: EndedRecord): NextAttempt | null {
  const { chain } = record;
  if (record.status === "stopped" || isGood(record)) return null;
  const spent: RunChain = {
    ...chain,
    attempt: chain.attempt + 1,
    spent_ms: chain.spent_ms +
      Math.max(0, record.duration_ms - record.waited_ms),
    spent_tokens: chain.spent_tokens + tokensOf(record.usage),
    limits: 0,
    since: chain.since ?? record.created_at,
  };
  if (chain.max_ms !== null && spent.spent_ms >= chain.max_ms) return null;
  if (chain.max_tokens !== null && spent.spent_tokens >= chain.max_tokens) {
    return null;
  }
  // A worker that has done something continues from there, if Codex kept its thread.
  const continues = record.status !== "failed" && record.thread_id !== null &&
    !record.ephemeral;
  const same = { profile: record.profile, continues };
  if (isLimit(record)) {
    const mayLast = record.failure?.class === "usage_limit" &&
      record.failure.resets_at === undefined;
    const most = mayLast ? MOST_LIMITS_WITHOUT_END : MOST_LIMITS;
    if (chain.limits >= most) return null;
    // A limit is nobody's fault, so it does not use up an attempt.
    const { attempt, limits } = chain;
    return {
      cause: "limit",
      ...same,
      chain: { ...spent, attempt, cause: "limit", limits: limits + 1 },
    };
  }
  if (spent.attempt > chain.max_attempts) return null;
  const failed = record.failure?.class ?? "";
  if ([...TRANSIENT, ...HEALING].includes(failed) && chain.retries > 0) {
    const retries = chain.retries - 1;
    return {
      cause: "retry",
      ...same,
      chain: { ...spent, cause: "retry", retries },
    };
  }
  // With --retry, its number is all.
  const hadRetries = chain.cause === "retry" && chain.healings === 0;
  if (
    HEALING.includes(failed) && !hadRetries &&
    chain.healings < MOST_HEALINGS &&
    (failed !== "network" || record.status === "failed")
  ) {
    const healings = chain.healings + 1;
    return {
      cause: "retry",
      ...same,
      chain: { ...spent, cause: "retry", healings },
    };
  }
  if (TRANSIENT.includes(failed)) return null;
  // No other worker would do better until the check can run.
  if (record.failure?.class === "check_confined") return null;
  const [profile, ...escalate] = chain.escalate;
  if (profile === undefined || record.status === "failed") return null;
  return {
    cause: "escalation",
    profile,
    chain: { ...spent, cause: "escalation", escalate },
    continues: false,
  };
}

/** How long to wait before a retry; longer for an obstacle that has to go away first. */
export function pauseMs(previous: RunChain, next: RunChain): number {
  return retryDelayMs(
    next.attempt + (next.healings > previous.healings ? 2 : 0),
  );
}

/** How long to wait after a transient failure: up to five minutes. */
export function retryDelayMs(attempt: number): number {
  return growingMs(attempt - 1, 2_000, 5 * 60_000);
}
