import {
  FAILURE_RULES,
  type FailureClass,
  type FailureRule,
  SANDBOX_REMEDY,
} from "./failure_rules.ts";
import { eventWords, ownWords } from "./own_words.ts";
import { plainWords } from "./plain_words.ts";
import { limitResetTime, resetTime } from "./reset_time.ts";
import type { UsageLimit } from "./usage_limit.ts";

export interface Failure {
  class: FailureClass;
  /** Codex's own words, if it said any; at most 500 characters, without terminal escapes. */
  message: string;
  /** What the user can do: one sentence, without a full stop. */
  remedy: string;
  /** When a limit ends, in ISO 8601, if Codex said. */
  resets_at?: string;
}

/** How a worker ended. */
export interface WorkerEnding {
  exitCode: number | null;
  signal: string | null;
  /** The end of what Codex wrote to stderr. */
  stderrTail: string;
  /** The messages of the events `error` and `turn.failed`, in order. */
  errors: string[];
  /** What Codex itself calls the error, where it does: see `errorKind()`. */
  errorKind?: string;
  turnCompleted: boolean;
  turnStarted: boolean;
  /** What the sandbox said, if it refused every command of the worker. */
  sandboxError?: string;
  /** How much of the account's limits is used, if the rollout says. */
  limits?: readonly UsageLimit[];
}

const RESUME = '"agentctl resume --parent-run-id RUN"';
const DEFAULT_REMEDY =
  "Read stderr.log and events.jsonl of the run; they hold everything that Codex said";
const CONNECTING_AGAIN = /^Reconnecting\b/i;

/** Signals as a shell and the npm package of Codex report them: 128 plus the number. */
const SIGNAL_EXITS: Record<number, string> = {
  129: "SIGHUP",
  130: "SIGINT",
  131: "SIGQUIT",
  132: "SIGILL",
  134: "SIGABRT",
  135: "SIGBUS",
  136: "SIGFPE",
  137: "SIGKILL",
  139: "SIGSEGV",
  143: "SIGTERM",
  152: "SIGXCPU",
  153: "SIGXFSZ",
};

/** Signals that a program causes by its own fault. */
const CRASHES = /^SIG(?:ILL|ABRT|BUS|FPE|SEGV)$/;

/**
 * Says why a worker failed and what to do about it. Call it only for a worker
 * without a valid result: a completed turn with exit code 0 means that the result
 * is invalid.
 */
export function classifyFailure(
  ending: WorkerEnding,
  now: Date = new Date(),
): Failure {
  const words = lastWords(ending);
  const signal = ending.signal ?? SIGNAL_EXITS[ending.exitCode ?? -1];
  if (signal !== undefined) return endedBySignal(ending, signal, words);
  if (ending.turnCompleted && ending.exitCode === 0) {
    return withoutResult(ending);
  }
  if (wasInterrupted(ending)) {
    return {
      class: "killed",
      message:
        `Codex ended in the middle of its turn with exit code ${ending.exitCode} and without a final message, as it does when interrupted${
          quoted(words)
        }`,
      remedy: `Continue with ${RESUME}`,
    };
  }
  // Addresses only mislead the patterns, and no rule needs more than the beginning.
  const text = `${words}\n${(ending.errors.at(-1) ?? "").slice(0, 4_000)}`
    .replaceAll(/, url: \S+/g, "");
  const rule = words === "" ? undefined : ruleFor(text, ending.errorKind);
  if (!rule) return unclear(ending, words);
  const told = resetTime(text, now);
  const resetsAt = rule.class === "usage_limit"
    ? limitResetTime(told, ending.limits ?? [])
    : told;
  return {
    class: rule.class,
    message: words,
    remedy: rule.remedy.replaceAll('"agentctl resume"', RESUME),
    ...(resetsAt === undefined ? {} : { resets_at: resetsAt }),
  };
}

/**
 * The rule for what Codex said. Its own word for the error determines the class; an
 * HTTP status says less than the words beside it.
 */
function ruleFor(
  text: string,
  errorKind: string | undefined,
): FailureRule | undefined {
  const byKind = FAILURE_RULES.find(({ kinds }) =>
    errorKind !== undefined && kinds?.includes(errorKind)
  );
  const byWords = FAILURE_RULES.find((rule) =>
    rule.pattern.test(text) &&
    (byKind === undefined || rule.class === byKind.class ||
      isStatus(errorKind))
  );
  return byWords ?? byKind;
}

function isStatus(errorKind: string | undefined): boolean {
  return /^(?:http \d+|connection)$/.test(errorKind ?? "");
}

/** The turn was completed, but its answer is not a result. */
function withoutResult({ sandboxError }: WorkerEnding): Failure {
  if (sandboxError !== undefined) {
    return {
      class: "sandbox",
      message: plainWords(sandboxError),
      remedy: SANDBOX_REMEDY,
    };
  }
  return {
    class: "result_invalid",
    message:
      "Codex completed its turn, but its last message is not the result that was asked for",
    remedy:
      `Read output.json of the run, or ask again for the result with ${RESUME}`,
  };
}

/** `codex exec` ends like this with 1 on SIGINT, and app-server with 0 on SIGTERM; every failed turn has a final message. */
function wasInterrupted(ending: WorkerEnding): boolean {
  const last = ending.errors.at(-1) ?? "";
  return (ending.exitCode === 0 || ending.exitCode === 1) &&
    ending.turnStarted &&
    !ending.turnCompleted && ownWords(ending.stderrTail) === "" &&
    (last === "" || CONNECTING_AGAIN.test(last));
}

function unclear(ending: WorkerEnding, words: string): Failure {
  const exit = `exit code ${ending.exitCode ?? "unknown"}`;
  if (ending.errors.length > 0 && ending.turnStarted) {
    return { class: "model_error", message: words, remedy: DEFAULT_REMEDY };
  }
  if (ending.exitCode === 2 && !ending.turnStarted) {
    const message = words || `Codex refused its command line (${exit})`;
    return { class: "bad_flags", message, remedy: DEFAULT_REMEDY };
  }
  if (!ending.turnStarted) {
    const message = words ||
      `Codex ended with ${exit} before it began, without saying anything`;
    return { class: "no_turn", message, remedy: DEFAULT_REMEDY };
  }
  return {
    class: "unknown",
    message: words || `Codex ended with ${exit}, without saying anything`,
    remedy: DEFAULT_REMEDY,
  };
}

function endedBySignal(
  { turnStarted }: WorkerEnding,
  signal: string,
  words: string,
): Failure {
  const goOn = turnStarted
    ? `continue with ${RESUME}`
    : 'start it again with "agentctl start"';
  if (CRASHES.test(signal)) {
    return {
      class: turnStarted ? "unknown" : "no_turn",
      message: `Codex crashed (${signal})${quoted(words)}`,
      remedy:
        `Check "codex doctor" and the limits of the system (ulimit -a), then ${goOn}`,
    };
  }
  const check: Record<string, string> = {
    SIGKILL: `Check whether memory ran out (see "journalctl -k"), then ${goOn}`,
    SIGXFSZ: `Raise the limit on file sizes (ulimit -f), then ${goOn}`,
    SIGXCPU: `Raise the limit on processor time (ulimit -t), then ${goOn}`,
  };
  return {
    class: "killed",
    message: `Codex was ended by ${signal}${quoted(words)}`,
    remedy: check[signal] ?? goOn.charAt(0).toUpperCase() + goOn.slice(1),
  };
}

function quoted(words: string): string {
  return words === "" ? "" : `; its last words: ${words}`;
}

/** The end of the turn if there is one, or else stderr, or else what made Codex reconnect. */
function lastWords(ending: WorkerEnding): string {
  const last = ending.errors.at(-1) ?? "";
  if (last !== "" && !CONNECTING_AGAIN.test(last)) {
    return plainWords(eventWords(last));
  }
  const reason = /^Reconnecting\W+\d+\/\d+ \((.*)\)$/s.exec(last)?.[1];
  return plainWords(ownWords(ending.stderrTail) || (reason ?? last));
}
