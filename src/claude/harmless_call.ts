import { spellingsOf, TASK_OPTION_ROWS } from "../fleet/task_option_rows.ts";
import type { Power } from "../fleet/task_options.ts";

/** What decides, besides the words, whether a call may pass. */
export interface CallSite {
  /** The folder of the session: absolute. */
  cwd: string;
  /** In plan mode nothing may be started or ended. */
  isPlanning: boolean;
  env: Record<string, string>;
}

/** `true` for a switch; a check for the value of an option. */
type OptionRule =
  | true
  | ((value: string, site: CallSite) => boolean | Promise<boolean>);

interface CommandRule {
  /** It only looks. */
  looks: boolean;
  /** By name without dashes. An option that is not here is for the person to decide. */
  options: Record<string, OptionRule>;
  /** It reads its prompt from a here-document. */
  takesHeredoc?: boolean;
  /** What holds for the run that its first argument names. */
  run?: (id: string, site: CallSite) => Promise<boolean>;
}

const anything = () => true;

/** Loaded only where it is asked for: the hook runs at every Bash call. */
const isConfinedProfile = async (name: string, { env }: CallSite) =>
  (await import("./confinement.ts")).isConfinedProfile(name, env);

const isConfinedRun = async (id: string, site: CallSite) =>
  (await import("./confinement.ts")).isConfinedRun(id, site);

const COMMON = { json: true, help: true, h: true } as const;

/** Whether what an option could give is no more than the session has; `true`: whatever its value. */
const MAY_GIVE: Record<Power, OptionRule | false> = {
  nothing: true,
  folder: isInside,
  profile: isConfinedProfile,
  sandbox: (value) => value === "read-only" || value === "workspace-write",
  // Other programs obey what is there.
  protected: false,
  // It runs outside of every sandbox.
  command: false,
};

/** The options of a task that may pass. */
const TASK: Record<string, OptionRule> = Object.fromEntries(
  TASK_OPTION_ROWS.flatMap((option) => {
    const rule = MAY_GIVE[option.gives];
    if (rule === false) return [];
    return spellingsOf(option).map(({ name, value }) => [
      name,
      value !== undefined && rule === true ? anything : rule,
    ]);
  }),
);

/** Options of `start` and `resume`. Not here: `--workspace`, whose settings could give a worker anything. */
const START: Record<string, OptionRule> = {
  ...COMMON,
  ...TASK,
  prompt: anything,
  p: anything,
  "prompt-file": anything,
};

/** The public commands that Claude may call without a question; nothing that removes, installs or changes settings. */
const COMMANDS: Record<string, CommandRule> = {
  start: {
    looks: false,
    // A batch in a here-document is read; one in a file may be another by then.
    options: { ...START, batch: (value) => value === "-" },
    takesHeredoc: true,
  },
  resume: {
    looks: false,
    options: { ...START, "parent-run-id": isConfinedRun },
    takesHeredoc: true,
  },
  // A run that was allowed once may be done again; its prompt cannot be another.
  rerun: { looks: false, options: { ...COMMON, ...TASK } },
  // It gives a worker words, and no more than it has; as with resume, that must not be everything.
  send: {
    looks: false,
    run: isConfinedRun,
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
  // Not `unpause`: a pause is the word of the person, or of the account.
  pause: { looks: false, options: { ...COMMON, for: anything } },
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
      label: anything,
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
 * Whether a call of agentctl, given by its words and the text of its
 * here-document, may pass without a question: a command and options that are
 * known to do no more than the session may do anyway. Reads the options as the
 * command line does, but takes no value that begins with a dash unless it is
 * joined by `=`, or is the dash of `--batch`.
 */
export async function isHarmlessCall(
  words: readonly string[],
  heredoc: string | null,
  site: CallSite,
): Promise<boolean> {
  const [program, name = "", ...rest] = words;
  if (program !== "agentctl" || !Object.hasOwn(COMMANDS, name)) return false;
  const rule = COMMANDS[name];
  if (rule === undefined || site.isPlanning && !rule.looks) return false;
  if (heredoc !== null && !rule.takesHeredoc) return false;
  let isBatch = false;
  let run: string | undefined;
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? "";
    if (!word.startsWith("-")) {
      run ??= word;
      continue;
    }
    const [, dashes = "", option = "", inline] =
      /^(--?)([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const check = ruleOf(rule, option);
    // One letter has one dash, a name has two.
    if (check === undefined || (dashes === "-") !== (option.length === 1)) {
      return false;
    }
    if (check === true) {
      if (inline !== undefined) return false;
      continue;
    }
    const value = inline ?? rest[++i];
    if (value === undefined) return false;
    const isBare = inline === undefined && value.startsWith("-");
    if (isBare && !(option === "batch" && value === "-")) return false;
    if (!await check(value, site)) return false;
    isBatch ||= option === "batch";
  }
  if (rule.run && run !== undefined && !await rule.run(run, site)) return false;
  return !isBatch || heredoc !== null && await isHarmlessBatch(heredoc, site);
}

/** Whether every task of a batch asks for no more than a call of `start` may. */
async function isHarmlessBatch(
  text: string,
  site: CallSite,
): Promise<boolean> {
  const { parseBatchFile } = await import("../fleet/batch_file.ts");
  try {
    const tasks = parseBatchFile(text, {
      source: "the batch",
      isRun: () => true,
    });
    for (const task of tasks) {
      for (const [name, value] of Object.entries(task.options)) {
        const check = ruleOf({ options: TASK }, name);
        if (check === true) continue;
        if (!await check?.(String(value), site)) return false;
      }
    }
    return true;
  } catch {
    // Nothing can be started by it, or it asks for something that is not in the rules.
    return false;
  }
}

function ruleOf(
  { options }: Pick<CommandRule, "options">,
  name: string,
): OptionRule | undefined {
  return Object.hasOwn(options, name) ? options[name] : undefined;
}

/**
 * Whether a call of one of the tools of `agentctl mcp`, which are named for
 * the commands and take their options as arguments, may pass likewise.
 */
export async function isHarmlessTool(
  name: string,
  input: Record<string, unknown>,
  site: CallSite,
): Promise<boolean> {
  if (name === "start_batch") return await isHarmlessToolBatch(input, site);
  const rule = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (rule === undefined || site.isPlanning && !rule.looks) return false;
  for (const [key, value] of Object.entries(input)) {
    if (key === "run_id" && rule.run && typeof value === "string") {
      if (!await rule.run(value, site)) return false;
      continue;
    }
    if (key === "run_id" || key === "run_ids") continue;
    const check = ruleOf(
      rule,
      key.replace(/_seconds$/, "").replaceAll("_", "-"),
    );
    if (check === undefined) return false;
    if (check === true || check === anything) continue;
    if (typeof value !== "string" || !await check(value, site)) return false;
  }
  return true;
}

/** A batch is harmless if each of its tasks would be as a call of `start`. */
async function isHarmlessToolBatch(
  { tasks, ...rest }: Record<string, unknown>,
  site: CallSite,
): Promise<boolean> {
  if (!Array.isArray(tasks) || Object.keys(rest).length > 0) return false;
  for (const task of tasks) {
    if (typeof task !== "object" || task === null) return false;
    const { name: _, ...input } = task;
    if (!await isHarmlessTool("start", input, site)) return false;
  }
  return true;
}

/** The options of a command that pass without a question; `null` for a command that never does. */
export function harmlessOptions(command: string): string[] | null {
  const rule = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  return rule === undefined ? null : Object.keys(rule.options);
}

/**
 * Whether `--project` names a registered project, which the person has allowed,
 * or a folder that really is in that of the session: a worker may write where
 * it works.
 */
async function isInside(project: string, { cwd }: CallSite): Promise<boolean> {
  if (project.split("/").includes("..")) return false;
  const isAbsolute = project.startsWith("/");
  // A link in the folder leads where it leads, whatever the path looks like.
  const real = await realPath(isAbsolute ? project : `${cwd}/${project}`);
  const base = await realPath(cwd);
  if (real !== null && base !== null) return isBelow(real, base);
  // No such folder: it is the name of a project, or `start` refuses it.
  return !isAbsolute || isBelow(project, cwd);
}

async function realPath(path: string): Promise<string | null> {
  return await Deno.realPath(path).catch(() => null);
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || folder === "/" || path.startsWith(`${folder}/`);
}
