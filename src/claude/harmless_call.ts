/** What decides, besides the words, whether a call may pass. */
export interface CallSite {
  /** The folder of the session: absolute. */
  cwd: string;
  /** In plan mode nothing may be started or ended. */
  isPlanning: boolean;
}

/** `true` for a switch; a check for the value of an option. */
type OptionRule = true | ((value: string, site: CallSite) => boolean);

interface CommandRule {
  /** It only looks. */
  looks: boolean;
  /** By name without dashes. An option that is not here is for the person to decide. */
  options: Record<string, OptionRule>;
  /** It reads its prompt from a here-document. */
  takesHeredoc?: boolean;
}

const anything = () => true;
const COMMON = { json: true, help: true, h: true } as const;

/**
 * Options of `start`, `resume` and `rerun` that give a worker no more than the session
 * has. Not here: `--verify`, which runs a shell command outside of every
 * sandbox, and `--workspace`, whose settings could do the same.
 */
const START: Record<string, OptionRule> = {
  ...COMMON,
  project: isInside,
  profile: anything,
  title: anything,
  model: anything,
  sandbox: (value) => value === "read-only" || value === "workspace-write",
  timeout: anything,
  "idle-timeout": anything,
  "max-tokens": anything,
  "run-id": anything,
  ephemeral: true,
  worktree: true,
  "no-worktree": true,
  prompt: anything,
  p: anything,
  "prompt-file": anything,
  priority: anything,
  hold: true,
  after: anything,
  "after-any-end": anything,
  retry: anything,
  escalate: anything,
  "max-attempts": anything,
  "max-time": anything,
  "max-chain-tokens": anything,
};

/** A run that was allowed once may be done again; its prompt cannot be another. */
const RERUN = Object.fromEntries(
  Object.entries(START).filter(([name]) =>
    !["prompt", "p", "prompt-file"].includes(name)
  ),
);

/** The public commands that Claude may call without a question; nothing that removes, installs or changes settings. */
const COMMANDS: Record<string, CommandRule> = {
  // Not `--batch`: what its tasks ask for stands in a text that is not read here.
  start: { looks: false, options: START, takesHeredoc: true },
  resume: {
    looks: false,
    options: { ...START, "parent-run-id": anything },
    takesHeredoc: true,
  },
  rerun: { looks: false, options: RERUN },
  // It gives a worker words, and no more than it has.
  send: {
    looks: false,
    options: {
      ...COMMON,
      message: anything,
      m: anything,
      "message-file": anything,
      now: true,
      wait: true,
      timeout: anything,
      list: true,
    },
    takesHeredoc: true,
  },
  stop: { looks: false, options: { ...COMMON, all: true } },
  ack: { looks: false, options: { ...COMMON, all: true } },
  wait: {
    looks: true,
    options: {
      ...COMMON,
      any: true,
      all: true,
      full: true,
      timeout: anything,
      "all-running": true,
      "fail-fast": true,
      "no-follow": true,
    },
  },
  release: { looks: false, options: COMMON },
  pause: { looks: false, options: { ...COMMON, for: anything } },
  unpause: { looks: false, options: COMMON },
  chain: { looks: true, options: COMMON },
  show: { looks: true, options: { ...COMMON, full: true } },
  diff: { looks: true, options: { ...COMMON, stat: true } },
  list: {
    looks: true,
    options: {
      ...COMMON,
      limit: anything,
      n: anything,
      status: anything,
      project: anything,
      all: true,
      tree: true,
    },
  },
  stats: {
    looks: true,
    options: { ...COMMON, since: anything, by: anything },
  },
  inbox: { looks: true, options: { ...COMMON } },
  projects: { looks: true, options: COMMON },
  prompt: { looks: true, options: COMMON },
  doctor: { looks: true, options: COMMON },
  help: { looks: true, options: {} },
  "--help": { looks: true, options: {} },
  "--version": { looks: true, options: {} },
};

/**
 * Whether a call of agentctl, given by its words, may pass without a question:
 * a command and options that are known to do no more than the session may do
 * anyway. Reads the options as the command line does, but takes no value that
 * begins with a dash unless it is joined by `=`.
 */
export function isHarmlessCall(
  words: readonly string[],
  hasHeredoc: boolean,
  site: CallSite,
): boolean {
  const [program, name = "", ...rest] = words;
  if (program !== "agentctl" || !Object.hasOwn(COMMANDS, name)) return false;
  const rule = COMMANDS[name];
  if (rule === undefined || site.isPlanning && !rule.looks) return false;
  if (hasHeredoc && !rule.takesHeredoc) return false;
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? "";
    if (!word.startsWith("-")) continue;
    const [, dashes = "", option = "", inline] =
      /^(--?)([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const check = Object.hasOwn(rule.options, option)
      ? rule.options[option]
      : undefined;
    // One letter has one dash, a name has two.
    if (check === undefined || (dashes === "-") !== (option.length === 1)) {
      return false;
    }
    if (check === true) {
      if (inline !== undefined) return false;
      continue;
    }
    const value = inline ?? rest[++i];
    if (value === undefined || inline === undefined && value.startsWith("-")) {
      return false;
    }
    if (!check(value, site)) return false;
  }
  return true;
}

/**
 * Whether a call of one of the tools of `agentctl mcp`, which are named for
 * the commands and take their options as arguments, may pass likewise.
 */
export function isHarmlessTool(
  name: string,
  input: Record<string, unknown>,
  site: CallSite,
): boolean {
  const rule = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (rule === undefined || site.isPlanning && !rule.looks) return false;
  return Object.entries(input).every(([key, value]) => {
    if (key === "run_id" || key === "run_ids") return true;
    const option = key.replace(/_seconds$/, "").replaceAll("_", "-");
    const check = Object.hasOwn(rule.options, option)
      ? rule.options[option]
      : undefined;
    if (check === undefined || check === true) return check === true;
    return typeof value === "string" ? check(value, site) : check === anything;
  });
}

/** The options of a command that pass without a question; `null` for a command that never does. */
export function harmlessOptions(command: string): string[] | null {
  const rule = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  return rule === undefined ? null : Object.keys(rule.options);
}

/**
 * Whether `--project` names a registered project, which the person has allowed,
 * or a folder in that of the session: a worker may write where it works.
 */
function isInside(project: string, { cwd }: CallSite): boolean {
  if (project.split("/").includes("..")) return false;
  return !project.startsWith("/") || project === cwd ||
    project.startsWith(`${cwd}/`);
}
