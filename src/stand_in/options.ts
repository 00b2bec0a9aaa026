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
  /** Without it, the option is accepted without effect. */
  help?: string;
}

/** Those of `codex` itself, which all its commands have. */
const SETTINGS: OptionSpec[] = [
  { long: "config", short: "c", value: "key=value", repeatable: true },
  { long: "enable", value: "FEATURE", repeatable: true },
  { long: "disable", value: "FEATURE", repeatable: true },
];
const HELP: OptionSpec = { long: "help", short: "h", help: "Print help" };
const VERSION: OptionSpec = {
  long: "version",
  short: "V",
  help: "Print version",
};

// Measured: what `codex exec --help` and `codex exec resume --help` of 0.169.0 have in common.
const COMMON: OptionSpec[] = [
  ...SETTINGS,
  { long: "strict-config" },
  { long: "image", short: "i", value: "FILE", several: true, repeatable: true },
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
  { long: "dangerously-bypass-hook-trust" },
  { long: "worktree" },
  {
    long: "thread-source",
    value: "SOURCE",
    help: "Source classification, kept in the session",
  },
  {
    long: "cyber-access-program",
    value: "PROGRAM",
    choices: ["standard", "daybreak_blue", "daybreak_red"],
  },
  {
    long: "skip-git-repo-check",
    help: "Allow running outside a Git repository",
  },
  { long: "trust" },
  { long: "ephemeral", help: "Run without keeping the session" },
  { long: "ignore-user-config" },
  { long: "ignore-rules" },
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
  { long: "oss" },
  { long: "local-provider", value: "OSS_PROVIDER" },
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
  { long: "approve-for-me" },
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
  { long: "color", value: "COLOR", choices: ["always", "never", "auto"] },
  VERSION,
];

/** Options of `codex exec resume`; any that are missing here must come before `resume`. */
export const RESUME_OPTIONS: OptionSpec[] = [
  ...COMMON,
  { long: "last", help: "Resume the most recent session" },
  { long: "all", help: "Consider the sessions of all folders" },
];

/** Options of `codex` itself and of `codex login`. */
export const TOP_OPTIONS: OptionSpec[] = [...SETTINGS, HELP, VERSION];
