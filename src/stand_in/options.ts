/** An option as Codex 0.169 accepts it. */
export interface OptionSpec {
  long: string;
  short?: string;
  /** The name of the value in the help; without it, the option is a flag. */
  value?: string;
  choices?: string[];
  repeatable?: boolean;
  /** Whether it takes all following words that are not options. */
  several?: boolean;
  /** Whether the help leaves it out. */
  hidden?: boolean;
  help: string;
}

const CONFIG: OptionSpec = {
  long: "config",
  short: "c",
  value: "key=value",
  repeatable: true,
  help: "Accepted without effect",
};
const ENABLE: OptionSpec = {
  long: "enable",
  value: "FEATURE",
  repeatable: true,
  help: "Accepted without effect",
};
const DISABLE: OptionSpec = {
  long: "disable",
  value: "FEATURE",
  repeatable: true,
  help: "Accepted without effect",
};
const HELP: OptionSpec = { long: "help", short: "h", help: "Print help" };
const VERSION: OptionSpec = {
  long: "version",
  short: "V",
  help: "Print version",
};
const ACCEPTED = "Accepted without effect";

// Measured: what `codex exec --help` and `codex exec resume --help` of 0.169.0 have in common.
const COMMON: OptionSpec[] = [
  CONFIG,
  ENABLE,
  DISABLE,
  { long: "strict-config", help: ACCEPTED },
  {
    long: "image",
    short: "i",
    value: "FILE",
    several: true,
    repeatable: true,
    help: ACCEPTED,
  },
  {
    long: "model",
    short: "m",
    value: "MODEL",
    help: "Model the agent should use; the stand-in uses none",
  },
  {
    long: "dangerously-bypass-approvals-and-sandbox",
    help: "Let the stand-in write outside its folder",
  },
  { long: "yolo", hidden: true, help: "The same" },
  { long: "dangerously-bypass-hook-trust", help: ACCEPTED },
  { long: "worktree", help: ACCEPTED },
  {
    long: "thread-source",
    value: "SOURCE",
    help: "Source classification, kept in the session",
  },
  {
    long: "cyber-access-program",
    value: "PROGRAM",
    choices: ["standard", "daybreak_blue", "daybreak_red"],
    help: ACCEPTED,
  },
  {
    long: "skip-git-repo-check",
    help: "Allow running outside a Git repository",
  },
  { long: "trust", help: ACCEPTED },
  { long: "ephemeral", help: "Run without keeping the session" },
  { long: "ignore-user-config", help: ACCEPTED },
  { long: "ignore-rules", help: ACCEPTED },
  {
    long: "output-schema",
    value: "FILE",
    help:
      "Path to a JSON Schema file describing the final response; read, not enforced",
  },
  { long: "json", help: "Print events to stdout as JSONL" },
  {
    long: "output-last-message",
    short: "o",
    value: "FILE",
    help:
      "Specifies file where the last message from the agent should be written",
  },
  HELP,
];

/** Options of `codex exec`. */
export const EXEC_OPTIONS: OptionSpec[] = [
  ...COMMON,
  { long: "oss", help: ACCEPTED },
  { long: "local-provider", value: "OSS_PROVIDER", help: ACCEPTED },
  {
    long: "profile",
    short: "p",
    value: "CONFIG_PROFILE_V2",
    help: "Name of a profile; the stand-in treats all alike",
  },
  {
    long: "sandbox",
    short: "s",
    value: "SANDBOX_MODE",
    choices: ["read-only", "workspace-write", "danger-full-access"],
    help: "What the stand-in may write",
  },
  { long: "approve-for-me", help: ACCEPTED },
  {
    long: "cd",
    short: "C",
    value: "DIR",
    help: "Working root of the stand-in",
  },
  {
    long: "add-dir",
    value: "DIR",
    repeatable: true,
    help: "Additional directories that should be writable",
  },
  {
    long: "color",
    value: "COLOR",
    choices: ["always", "never", "auto"],
    help: ACCEPTED,
  },
  VERSION,
];

/** Options of `codex exec resume`; any that are missing here must come before `resume`. */
export const RESUME_OPTIONS: OptionSpec[] = [
  ...COMMON,
  { long: "last", help: "Resume the most recent session" },
  { long: "all", help: "Consider the sessions of all folders" },
];

/** Options of `codex` itself and of `codex login`. */
export const TOP_OPTIONS: OptionSpec[] = [
  CONFIG,
  ENABLE,
  DISABLE,
  HELP,
  VERSION,
];
