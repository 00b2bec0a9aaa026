import { SANDBOX_MODES } from "../codex/sandbox_modes.ts";
import { TRANSPORTS } from "../codex/transports.ts";
import { ATTEMPT_OPTIONS } from "./attempt_options.ts";
import type { TaskOption } from "./task_option.ts";

/**
 * The options of a task, in the order in which help lists them. Command line,
 * keys of a batch, arguments of the tools, requests, what `rerun`, `resume` and
 * further attempts take over, and what may pass without asking all come from
 * this table. It is plain data, because the hook loads it at every agentctl
 * call.
 */
export const TASK_OPTIONS = {
  project: {
    kind: "text",
    value: "NAME|PATH",
    help: "a registered project or a folder (default: the current folder)",
    tool: {
      help:
        "a registered project or a folder (default: the folder of this server)",
    },
    kept: { rerun: true },
    gives: "folder",
  },
  profile: {
    kind: "text",
    value: "P",
    help: "the Codex profile, such as spark, deep or review",
    record: "profile",
    kept: { rerun: true, resume: true },
    gives: "profile",
  },
  title: {
    kind: "text",
    value: "T",
    help: "a title (default: the first line of the prompt)",
    single: true,
    record: "title",
    kept: { rerun: true, resume: true, attempt: true },
    gives: "nothing",
  },
  label: {
    kind: "list",
    value: "TEXT",
    of: "labels",
    separator: /,/,
    most: 20,
    each: {
      pattern: /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._:/=+-]{0,39}$/u,
      words:
        'one of at most 40 letters, digits and "._:/=+-" that begins with a letter or digit',
    },
    help: "a label to find the run by (list --label); repeat it for more",
    tool: { help: "labels to find the run by with list" },
    record: "labels",
    default: [],
    kept: { rerun: true, resume: true, attempt: true },
    gives: "nothing",
  },
  model: {
    kind: "text",
    value: "M",
    help: "the model to use instead of the profile's",
    record: "model_option",
    kept: {
      rerun: "same profile",
      resume: "same profile",
      attempt: "same profile",
    },
    default: null,
    gives: "nothing",
  },
  sandbox: {
    kind: "choice",
    value: "S",
    choices: SANDBOX_MODES,
    help: "read-only, workspace-write or danger-full-access",
    tool: {
      help: "what the worker may do (default: the profile's or the config's)",
      choices: ["read-only", "workspace-write"],
    },
    record: "sandbox",
    kept: { rerun: "same profile", resume: "same profile", attempt: true },
    gives: "sandbox",
  },
  "allow-protected": {
    kind: "list",
    value: "PATH",
    of: "paths",
    separator: /,/,
    help:
      "let the worker change a protected path, such as .claude; repeat it for more",
    tool: null,
    record: "allow_protected",
    default: [],
    kept: { rerun: true, resume: true, attempt: true },
    gives: "protected",
  },
  mcp: {
    kind: "list",
    value: "NAME[,NAME]",
    of: "servers",
    separator: /,/,
    none: "none",
    help:
      'the MCP servers of your Codex settings that the worker may use, "all" or "none" (default: those whose tools need no approval)',
    tool: {
      help:
        'the MCP servers of the Codex settings that the worker may use, or "all"; empty for none (default: those whose tools need no approval)',
    },
    record: "mcp",
    default: null,
    kept: { rerun: true, resume: true, attempt: true },
    gives: "servers",
  },
  transport: {
    kind: "choice",
    value: "T",
    choices: TRANSPORTS,
    help:
      "how to drive Codex: app-server, which takes messages during a turn; exec, which does not; or auto, the first of them that it supports",
    record: "transport",
    default: null,
    kept: { rerun: true, resume: true, attempt: true },
    gives: "nothing",
  },
  approve: {
    kind: "choice",
    value: "WHO",
    choices: ["never", "ask"],
    help:
      "whether a worker may do something outside its sandbox: never, or ask you for each thing",
    record: "approve",
    default: "never",
    kept: { rerun: true, resume: true, attempt: true },
    // The user sees each command before it runs.
    gives: "nothing",
  },
  "answer-timeout": {
    kind: "duration",
    value: "D",
    help:
      "how long a worker that asks waits for an answer before it decides for itself (default: 15m)",
    record: "answer_timeout_ms",
    default: null,
    kept: { rerun: true, resume: true, attempt: true },
    gives: "nothing",
  },
  timeout: {
    kind: "duration",
    value: "D",
    help: "end the run after this time, such as 90s, 45m or 1h30m",
    record: "timeout_ms",
    default: null,
    kept: { rerun: true, attempt: true },
    gives: "nothing",
  },
  "idle-timeout": {
    kind: "duration",
    value: "D",
    help: "end a worker that does nothing for this time",
    record: "idle_timeout_ms",
    default: null,
    kept: { rerun: true, attempt: true },
    gives: "nothing",
  },
  "max-tokens": {
    kind: "tokens",
    value: "N",
    help: "end the run once it has used this many tokens, such as 200k or 1.5M",
    record: "max_tokens",
    default: null,
    kept: { rerun: true, attempt: true },
    gives: "nothing",
  },
  "max-account": {
    kind: "percent",
    value: "P",
    help:
      "keep the run in the queue while this much of any account limit is used, such as 90%",
    tool: {
      help:
        "keep it in the queue while this percentage of any account limit is used",
    },
    record: "max_account",
    default: null,
    kept: { rerun: true, resume: true, attempt: true },
    gives: "account",
  },
  verify: {
    kind: "text",
    value: "CMD",
    help:
      "a shell command that decides, after the worker has ended and in its confinement, whether the goal is met",
    record: "verify",
    default: null,
    kept: { rerun: true, resume: true, attempt: true },
    gives: "check",
  },
  "verify-unconfined": {
    kind: "flag",
    help: "run the check as you, not in the worker's confinement",
    tool: null,
    record: "verify_unconfined",
    default: false,
    kept: { rerun: "same check", resume: "same check", attempt: true },
    gives: "command",
  },
  "run-id": {
    kind: "text",
    value: "ID",
    help: "the id of the run (default: made from the time)",
    tool: null,
    single: true,
    gives: "nothing",
  },
  ephemeral: {
    kind: "flag",
    help: "keep no Codex session: the run cannot be resumed",
    tool: null,
    record: "ephemeral",
    default: false,
    kept: { rerun: true, attempt: true },
    gives: "nothing",
  },
  priority: {
    kind: "number",
    value: "N",
    from: -1_000,
    to: 1_000,
    help: "queued runs with the highest priority start first (default: 0)",
    record: "priority",
    default: 0,
    kept: { rerun: true, attempt: true },
    gives: "nothing",
  },
  hold: {
    kind: "flag",
    help: 'keep the run in the queue until "agentctl release"',
    tool: { help: "keep it in the queue until it is released" },
    record: "held",
    default: false,
    gives: "nothing",
  },
  after: {
    kind: "list",
    value: "ID[,ID]",
    of: "runs",
    help: "start when these runs have ended with their goals met",
    record: "after",
    default: [],
    gives: "nothing",
  },
  "after-any-end": {
    kind: "list",
    value: "ID[,ID]",
    of: "runs",
    help: "start when these runs have ended, whatever the outcome",
    record: "after_any_end",
    default: [],
    gives: "nothing",
  },
  ...ATTEMPT_OPTIONS,
  worktree: {
    kind: "flag",
    help: "give the run a git worktree and a branch of its own",
    tool: {
      help:
        "give the run a git worktree and a branch of its own (default: what the project says)",
    },
    opposite: {
      name: "no-worktree",
      help: "run in the folder itself, whatever the project says",
    },
    kept: { rerun: true },
    gives: "nothing",
  },
} as const satisfies Record<string, TaskOption>;
