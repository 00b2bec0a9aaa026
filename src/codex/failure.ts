import { eventWords, ownWords } from "./own_words.ts";
import { resetTime } from "./reset_time.ts";

/** Why a worker came to nothing. */
export type FailureClass =
  | "not_logged_in"
  | "usage_limit"
  | "rate_limit"
  | "network"
  | "context_full"
  | "bad_flags"
  | "bad_profile"
  | "bad_schema"
  | "sandbox"
  | "model_error"
  /** Codex refused before it asked the model anything. */
  | "no_turn"
  /** The turn ended well and its last message is no result. */
  | "result_invalid"
  | "killed"
  | "unknown";

export interface Failure {
  class: FailureClass;
  /** In Codex's own words, as far as it said any. */
  message: string;
  /** What the person can do. */
  remedy: string;
  /** When a limit ends, ISO 8601, if Codex told. */
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
  turnCompleted: boolean;
  turnStarted: boolean;
}

interface Rule {
  class: FailureClass;
  pattern: RegExp;
  remedy: string;
}

/** Words of Codex 0.128 to 0.169, found by making it fail; the first rule that fits counts. */
const RULES: Rule[] = [
  {
    class: "bad_schema",
    pattern:
      /invalid_json_schema|invalid schema for response_format|output schema file/i,
    remedy:
      "Report this: the schema of the result does not suit this version of Codex",
  },
  {
    class: "usage_limit",
    pattern:
      /usage limit|usage_limit|quota exceeded|exceeded your current quota|insufficient_quota|usage_not_included|with your ChatGPT plan, upgrade|purchase more credits|out of credits/i,
    remedy: "Wait until the limit resets, or use another account or API key",
  },
  {
    class: "rate_limit",
    pattern: /status:? 429|too many requests|rate.?limit/i,
    remedy: "Wait a minute and run fewer workers at once (max_parallel)",
  },
  {
    class: "not_logged_in",
    pattern:
      /401 Unauthorized|not logged in|log in again|sign in again|codex login|refresh token|token (?:has )?expired|missing bearer|api.?key/i,
    remedy:
      'Log in with "codex login", or set CODEX_API_KEY; "codex login status" tells',
  },
  {
    class: "not_logged_in",
    pattern: /missing environment variable/i,
    remedy:
      "Set this variable where agentctl is called; a name outside of its allow-list goes into env_passthrough of the config",
  },
  {
    class: "not_logged_in",
    pattern: /403 Forbidden/i,
    remedy:
      'The server refuses this account or place: check "codex login status", a proxy or a VPN',
  },
  {
    class: "context_full",
    pattern: /ran out of room|context window|context_length/i,
    remedy:
      "Start a new run with a smaller task, or one that continues from the summary",
  },
  {
    class: "context_full",
    pattern: /exceeds the maximum length|input_too_large/i,
    remedy: "Shorten the prompt: put the bulk into a file and name it",
  },
  {
    class: "bad_profile",
    pattern:
      /error loading config|legacy `?(?:profile|\[profiles)|config profile .* not found|value for '--profile|'--profile <|bootstrap configuration|unknown configuration field|finding codex home/i,
    remedy:
      "Correct the named file; a profile is $CODEX_HOME/<name>.config.toml",
  },
  {
    class: "bad_flags",
    pattern:
      /unexpected argument|invalid value .* for '-|cannot be used with|unrecognized subcommand|required arguments|a value is required/i,
    remedy: "Report this: the command line does not suit this version of Codex",
  },
  {
    class: "bad_flags",
    pattern: /skip-git-repo-check|trusted directory/i,
    remedy:
      'Run it in a git repository ("git init" makes one), or allow a folder without one',
  },
  {
    class: "no_turn",
    pattern:
      /no rollout found|already has an active writer|thread\/resume failed/i,
    remedy:
      "Wait for the run that holds the thread, or start a new run: this one cannot continue",
  },
  {
    class: "sandbox",
    pattern: /sandbox|bwrap|bubblewrap|landlock|seccomp|seatbelt/i,
    remedy:
      "The sandbox of Codex does not work here: choose another sandbox mode, or allow user namespaces",
  },
  {
    class: "model_error",
    pattern:
      /does not exist or you do not have access|model.*(?:not supported|not found)/i,
    remedy:
      'Choose another model, in the profile or with --model; "codex debug models" lists them',
  },
  {
    class: "model_error",
    pattern: /at capacity|high demand|overloaded|status 5\d\d/i,
    remedy: "Try again later, or choose another model",
  },
  {
    class: "network",
    pattern:
      /stream disconnected|connection (?:failed|refused|reset|closed)|error sending request|dns|timed? ?out|timeout|unreachable|certificate|proxy/i,
    remedy:
      "Check the connection to the model's server, and a proxy if there is one",
  },
  {
    class: "model_error",
    pattern: /incomplete response|max_output_tokens/i,
    remedy: "Start a run with a smaller task: the answer did not fit",
  },
  {
    class: "model_error",
    pattern: /invalid prompt|usage policy|flagged/i,
    remedy: "Word the prompt differently: the server refuses it",
  },
];

const DEFAULT_REMEDY = "See stderr.log and events.jsonl of the run";
const CONNECTING_AGAIN = /^Reconnecting\b/i;
const KILLED_EXITS = new Set([129, 130, 131, 137, 143]);

/**
 * Says why a worker failed and what to do about it. Call it only for a worker
 * that gave no valid result: an ending with a completed turn and exit code 0
 * is taken for one whose result is invalid.
 */
export function classifyFailure(
  ending: WorkerEnding,
  now: Date = new Date(),
): Failure {
  const words = lastWords(ending);
  if (ending.signal !== null || KILLED_EXITS.has(ending.exitCode ?? -1)) {
    return killed(ending, words);
  }
  if (ending.turnCompleted && ending.exitCode === 0) {
    return {
      class: "result_invalid",
      message:
        "Codex ended its turn well, but its last message is not the result asked for",
      remedy:
        "Read output.json of the run; continue it and ask for the result alone",
    };
  }
  // An address only misleads the patterns.
  const text = `${words}\n${ending.errors.at(-1) ?? ""}`
    .replaceAll(/, url: \S+/g, "");
  const rule = words === ""
    ? undefined
    : RULES.find(({ pattern }) => pattern.test(text));
  if (rule) {
    const resetsAt = resetTime(text, now);
    return {
      class: rule.class,
      message: words,
      remedy: rule.remedy,
      ...(resetsAt === undefined ? {} : { resets_at: resetsAt }),
    };
  }
  return unclear(ending, words);
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
      `Codex ended with ${exit} before it began, without a word`;
    return { class: "no_turn", message, remedy: DEFAULT_REMEDY };
  }
  if (words === "" && ending.exitCode === 1 && !ending.turnCompleted) {
    // Just so it ends on SIGINT.
    return {
      class: "killed",
      message:
        `Codex ended in the middle of its turn with ${exit} and without a word, as it does when interrupted`,
      remedy: "Resume the run to go on from where it was",
    };
  }
  return {
    class: "unknown",
    message: words || `Codex ended with ${exit} and without a word`,
    remedy: DEFAULT_REMEDY,
  };
}

function killed(ending: WorkerEnding, words: string): Failure {
  const by = ending.signal ?? `a signal (exit code ${ending.exitCode})`;
  return {
    class: "killed",
    message: `Codex was ended by ${by}${
      words === "" ? "" : `; its last words: ${words}`
    }`,
    remedy: ending.turnStarted
      ? "Resume the run to go on from where it was"
      : "Start it again",
  };
}

/** The end of the turn if there is one, else stderr, else what made Codex connect again. */
function lastWords(ending: WorkerEnding): string {
  const last = ending.errors.at(-1) ?? "";
  if (last !== "" && !CONNECTING_AGAIN.test(last)) return eventWords(last);
  return ownWords(ending.stderrTail) || last;
}
