import type { TaskOption } from "./task_option.ts";

/** The options of a task that decide which further attempts there may be: part of the table of all options. */
export const ATTEMPT_OPTIONS = {
  retry: {
    kind: "number",
    value: "N",
    from: 0,
    to: 100,
    help: "retry transient failures (network, server) up to N times",
    tool: {
      help: "retry transient failures (network, server) this many times",
    },
    record: "chain.retries",
    default: 0,
    kept: { rerun: true },
    gives: "nothing",
  },
  escalate: {
    kind: "list",
    value: "P[,P2]",
    of: "profiles",
    none: "none",
    help:
      'if the goal is not met, let these profiles try in turn; "none" for no profile',
    tool: {
      help:
        "if the goal is not met, let these profiles try in turn; empty for no profile",
    },
    record: "chain.escalate",
    default: [],
    kept: { rerun: "same profile" },
    // A further attempt keeps the sandbox of the first one.
    gives: "nothing",
  },
  "max-attempts": {
    kind: "number",
    value: "N",
    from: 1,
    to: 100,
    help: "how many attempts there may be in total",
    record: "chain.max_attempts",
    default: 1,
    kept: { rerun: true },
    gives: "nothing",
  },
  "max-time": {
    kind: "duration",
    value: "D",
    help: "how long all attempts together may take",
    record: "chain.max_ms",
    default: null,
    kept: { rerun: true },
    gives: "nothing",
  },
  "max-chain-tokens": {
    kind: "tokens",
    value: "N",
    help: "how many tokens all attempts together may use",
    record: "chain.max_tokens",
    default: null,
    kept: { rerun: true },
    gives: "nothing",
  },
} as const satisfies Record<string, TaskOption>;
