/** How the hook treats an option of a command; the options of a task are in their own table. */
export type OptionRule =
  | "flag"
  /** A switch with which the command only says what it would do. */
  | "preview"
  /** A switch that approves what a worker asks for, as only the user may. */
  | "approval"
  | "text"
  /** The path of a file whose text goes to a worker. */
  | "file"
  /** The tasks of a batch. */
  | "batch"
  /** An option that asks, with the reason; a switch unless it takes a value. */
  | { asks: string; takesValue?: true };

const SWITCHES: readonly OptionRule[] = ["flag", "preview", "approval"];

/** Whether a value follows the option. */
export function takesValue(rule: OptionRule | undefined): boolean {
  return typeof rule === "object"
    ? rule.takesValue === true
    : rule !== undefined && !SWITCHES.includes(rule);
}

/** What a command does when a model calls it. */
export interface CommandRule {
  /** Whether it only reads, so that plan mode lets it pass. */
  looks?: true;
  /** Why the user is asked, unless one of its options keeps it from doing anything. */
  asks?: string;
  /** Whether it starts a run, and has the options of a task. */
  makes?: "start" | "resume" | "rerun";
  /** Which of its arguments name runs to which it sends words, or which it allows to start. */
  steers?: "first" | "all";
  /** Whether its first argument names a question of a worker, which it answers. */
  answers?: true;
  options?: Record<string, OptionRule>;
  /** Whether it reads its prompt from a here-document. */
  takesHeredoc?: true;
}

/** Options of every command. With `help` a command does nothing else. */
export const COMMON_OPTIONS: Record<string, OptionRule> = {
  json: "flag",
  help: "flag",
  h: "flag",
  workspace: "text",
};

const PROMPT: Record<string, OptionRule> = {
  prompt: "text",
  p: "text",
  "prompt-file": "file",
};

const SETTINGS = "it changes settings of agentctl";
const UNMERGED = "it removes unmerged work";
const OTHERS = "it also stops runs that others have started";
const OWN = "it starts or installs programs of its own";

/** Every public command. Commands that are not listed are not understood. */
export const COMMAND_RULES: Record<string, CommandRule> = {
  orch: { asks: OWN },
  start: {
    makes: "start",
    takesHeredoc: true,
    options: { ...PROMPT, batch: "batch" },
  },
  wait: {
    looks: true,
    options: {
      any: "flag",
      all: "flag",
      full: "flag",
      timeout: "text",
      "all-running": "flag",
      "fail-fast": "flag",
      "no-follow": "flag",
      everyone: "flag",
    },
  },
  show: { looks: true, options: { full: "flag", schema: "flag" } },
  list: {
    looks: true,
    options: {
      limit: "text",
      n: "text",
      status: "text",
      project: "text",
      label: "text",
      all: "flag",
      tree: "flag",
      everyone: "flag",
    },
  },
  stats: { looks: true, options: { since: "text", by: "text" } },
  inbox: { looks: true, options: { everyone: "flag" } },
  ack: { options: { all: "flag", yes: "flag" } },
  resume: {
    makes: "resume",
    takesHeredoc: true,
    options: { ...PROMPT, "parent-run-id": "text" },
  },
  rerun: { makes: "rerun", options: { yes: "flag" } },
  send: {
    steers: "first",
    takesHeredoc: true,
    options: {
      message: "text",
      m: "text",
      "message-file": "file",
      now: "flag",
      wait: "flag",
      timeout: "text",
      list: "flag",
    },
  },
  answer: {
    answers: true,
    takesHeredoc: true,
    options: { choice: "text", approve: "approval", deny: "flag" },
  },
  // What a run has done so far stays, and it can be resumed.
  stop: { options: { all: "flag", yes: "flag", everyone: { asks: OTHERS } } },
  diff: { looks: true, options: { stat: "flag", own: "flag" } },
  merge: {
    asks: "it merges the work of runs into your branch",
    options: {
      squash: "flag",
      yes: "flag",
      preview: "preview",
      "dry-run": "preview",
    },
  },
  discard: {
    options: { yes: "flag", force: { asks: UNMERGED } },
  },
  chain: { looks: true },
  release: { steers: "all", options: { yes: "flag" } },
  pause: { options: { for: "text" } },
  unpause: { asks: "a pause was your decision, or a limit of your account" },
  clean: {
    asks: "it removes runs permanently",
    options: {
      "older-than": "text",
      keep: "text",
      "dry-run": "preview",
      force: { asks: UNMERGED },
    },
  },
  tail: {
    asks: "it runs until somebody ends it",
    options: { lines: "text", n: "text" },
  },
  init: { asks: SETTINGS, options: { adopt: "text" } },
  trust: {
    asks: "it lets agentctl act on what others may have written",
    options: { show: "flag", untrust: "flag", import: "flag", yes: "flag" },
  },
  "add-project": {
    asks: SETTINGS,
    options: {
      "default-profile": "text",
      verify: "text",
      "verify-unconfined": "flag",
      "no-try": "flag",
      worktree: "flag",
      setup: "text",
    },
  },
  projects: { looks: true },
  "remove-project": { asks: SETTINGS },
  prompt: { looks: true, options: { edit: { asks: SETTINGS } } },
  doctor: {
    looks: true,
    options: {
      fix: { asks: SETTINGS },
      bundle: { asks: "it writes a file for a report", takesValue: true },
    },
  },
  mcp: { asks: OWN },
  claude: { asks: OWN },
  demo: { asks: OWN },
  help: { looks: true },
};
