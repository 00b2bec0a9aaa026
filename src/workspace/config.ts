import { didYouMean } from "../text/suggestion.ts";
import { parse as parseJsonc } from "@std/jsonc";
import * as z from "zod/mini";
import template from "../../config/config.jsonc" with { type: "text" };
import { cannot, environmentError } from "../system/errors.ts";
import { once } from "../system/once.ts";
import { PLAIN_WORD } from "../text/plain_word.ts";
import { parseDuration } from "../text/duration.ts";
import { parsePercent, PERCENTS } from "../text/percent.ts";
import { type Range, wholeNumbers } from "../text/whole_number.ts";
import { ASKED_KINDS } from "./asked_kinds.ts";

/** The commented `config.jsonc` that `init` writes; its values are the defaults. */
export const CONFIG_TEMPLATE: string = template;

const configSchema = once(() =>
  z.object({
    tmux_session: z.string().check(
      z.regex(/^[A-Za-z0-9_-]{1,64}$/, "must be letters, digits, - and _"),
    ),
    tmux_socket: z.nullable(z.string().check(z.minLength(1))),
    tmux_notify_target: z.nullable(z.string()),
    tmux_sendkeys_target: z.nullable(z.string().check(z.minLength(1))),
    notify_desktop: z.boolean(),
    on_finish: z.nullable(z.string()),
    default_profile: z.nullable(z.string()),
    default_sandbox: z.enum([
      "read-only",
      "workspace-write",
      "danger-full-access",
    ]),
    default_timeout: z.nullable(z.union([z.string(), z.number()])),
    default_idle_timeout: z.nullable(z.union([z.string(), z.number()])),
    worktree_folder: z.nullable(
      z.string().check(
        z.regex(/^~?\//, "must be an absolute path, or begin with ~/"),
      ),
    ),
    protected_paths: z.array(
      z.string().check(
        z.regex(
          /^(?!.*(?:^|\/)\.{0,2}(?:\/|$))[^*?[\]\0]+$/,
          "must be paths inside the folder, without .. and patterns",
        ),
      ),
    ),
    mcp: z.nullable(z.array(z.string().check(z.minLength(1)))),
    transport: z.enum(["auto", "app-server", "exec"]),
    account_ceiling: z.nullable(
      z.union([z.string(), z.number()]).check(
        z.refine(
          (value) => parsePercent(String(value)) !== null,
          `must be ${PERCENTS}`,
        ),
      ),
    ),
    env_passthrough: z.array(
      z.string().check(
        z.regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/, "must be names of variables"),
      ),
    ),
    max_parallel: parallel(),
    max_parallel_by_profile: z.record(z.string(), parallel()),
    escalate: z.record(z.string(), z.array(z.string().check(z.minLength(1)))),
    allow_unasked: z.array(
      z.string().check(
        z.regex(
          new RegExp(`^(${ASKED_KINDS.join("|")})(:.+)?$`),
          `must each be one of ${
            ASKED_KINDS.join(", ")
          }, or such a word with what it applies to, such as "folder:~/src"`,
        ),
        z.refine(
          (entry) => entry !== "command",
          'must name the command, as in "command:merge"',
        ),
      ),
    ),
    max_attempts: wholeNumber({ from: 1, to: 100 }),
    keep_runs: z.nullable(wholeNumber({ from: 1, to: 1_000_000 })),
  })
);

/** How many workers may run at once. */
function parallel() {
  return wholeNumber({ from: 1, to: 1_000 });
}

function wholeNumber(range: Range) {
  const { from, to } = range;
  const wrong = `must be ${wholeNumbers(range)}`;
  return z.int(wrong).check(z.minimum(from, wrong), z.maximum(to, wrong));
}

/** The settings of a workspace; `config/config.jsonc` explains each. */
export type Config = z.infer<ReturnType<typeof configSchema>>;

export const DEFAULT_CONFIG: Config = {
  tmux_session: "ai",
  tmux_socket: null,
  tmux_notify_target: null,
  tmux_sendkeys_target: null,
  notify_desktop: false,
  on_finish: null,
  default_profile: null,
  default_sandbox: "workspace-write",
  default_timeout: null,
  default_idle_timeout: "30m",
  worktree_folder: null,
  protected_paths: [".ai-orch", ".claude", ".mcp.json"],
  mcp: null,
  transport: "auto",
  account_ceiling: null,
  env_passthrough: [],
  max_parallel: 10,
  max_parallel_by_profile: {},
  escalate: {},
  max_attempts: 5,
  keep_runs: 1_000,
  allow_unasked: [],
};

/** The values to which an unapproved file may set a key. */
interface Limit<Value> {
  /** How far it counts, in words for the docs. */
  counts: string;
  /** The nearest value that counts. */
  nearest(value: Value): Value;
}

/** How many names from others may appear in a prompt. */
const MOST_NAMES = 20;

/** The key names programs, sandboxes, variables, paths, profiles or tmux targets: it needs the user's approval. */
const ACTS = "acts";

/**
 * How far each key counts in a file that the user has not approved: not at all
 * if it acts, and otherwise within a limit. A key that only tightens, or costs
 * no more than the defaults do, needs no approval.
 */
export const WITHOUT_APPROVAL: {
  readonly [Key in keyof Config]: typeof ACTS | Limit<Config[Key]>;
} = {
  tmux_session: ACTS,
  tmux_socket: ACTS,
  tmux_notify_target: ACTS,
  tmux_sendkeys_target: ACTS,
  // It starts a program and passes it a worker's words.
  notify_desktop: ACTS,
  on_finish: ACTS,
  default_profile: ACTS,
  default_sandbox: {
    counts: "`read-only`",
    nearest: (value) =>
      value === "read-only" ? value : DEFAULT_CONFIG.default_sandbox,
  },
  default_timeout: {
    counts: "from 1m",
    nearest: (value) => nearestDuration(value, null),
  },
  default_idle_timeout: {
    counts: "1m to 30m",
    nearest: (value) =>
      nearestDuration(value, DEFAULT_CONFIG.default_idle_timeout),
  },
  worktree_folder: ACTS,
  protected_paths: {
    counts: "up to 20 additions",
    // They appear in the prompt of every worker.
    nearest: (value) => {
      const own = DEFAULT_CONFIG.protected_paths;
      const added = value.filter((path) =>
        PLAIN_PATH.test(path) && !own.includes(path)
      );
      return [...own, ...new Set(added.slice(0, MOST_NAMES))];
    },
  },
  // A server acts outside the sandbox of the worker.
  mcp: {
    counts: "the empty list",
    nearest: (value) => value?.length === 0 ? value : DEFAULT_CONFIG.mcp,
  },
  transport: {
    counts: "`auto`, `exec`",
    nearest: (value) =>
      value === "app-server" ? DEFAULT_CONFIG.transport : value,
  },
  account_ceiling: {
    counts: "from 50%",
    nearest: (value) => (parsePercent(`${value}`) ?? 50) < 50 ? "50%" : value,
  },
  env_passthrough: ACTS,
  max_parallel: {
    counts: "up to 10",
    nearest: (value) => Math.min(value, DEFAULT_CONFIG.max_parallel),
  },
  max_parallel_by_profile: {
    counts: "up to 10 each",
    // The names appear in the prompt of the orchestrator.
    nearest: (value) =>
      Object.fromEntries(
        Object.entries(value)
          .filter(([profile]) => PLAIN_WORD.test(profile))
          .slice(0, MOST_NAMES)
          .map(([profile, most]) => [
            profile,
            Math.min(most, DEFAULT_CONFIG.max_parallel),
          ]),
      ),
  },
  escalate: ACTS,
  // Only the user may decide what passes unasked, and only in the home folder.
  allow_unasked: ACTS,
  max_attempts: {
    counts: "up to 5",
    nearest: (value) => Math.min(value, DEFAULT_CONFIG.max_attempts),
  },
  // A worker must not get rid of what others have done.
  keep_runs: {
    counts: "from 1000",
    nearest: (value) =>
      value === null ? value : Math.max(value, DEFAULT_CONFIG.keep_runs ?? 0),
  },
};

/** A text that can only be a path, wherever it appears. */
const PLAIN_PATH = /^[\w.@+-]{1,64}(\/[\w.@+-]{1,64}){0,9}$/;

const SHORTEST = "1m";

/** The nearest duration between a minute and the longest that counts (`null`: none is too long). */
function nearestDuration<Longest extends string | number | null>(
  value: string | number | null,
  longest: Longest,
): string | number | Longest {
  const msOf = (text: string | number) => parseDuration(String(text));
  const ms = value === null ? null : msOf(value);
  const most = longest === null ? Infinity : msOf(longest) ?? Infinity;
  if (value === null || ms === null || ms > most) return longest;
  return ms < (msOf(SHORTEST) ?? 0) ? SHORTEST : value;
}

/** What remains of settings that the user has not approved, and the keys that were limited or dropped. */
export function withoutApproval(
  config: Config,
): { config: Config; ignored: (keyof Config)[] } {
  const left = { ...config };
  const ignored = configKeys().filter((key) => limitKey(left, key));
  return { config: left, ignored };
}

/** Limits a key as {@linkcode WITHOUT_APPROVAL} says; returns whether that changes its value. */
function limitKey<Key extends keyof Config>(
  config: Config,
  key: Key,
): boolean {
  const rule = WITHOUT_APPROVAL[key];
  const before = config[key];
  config[key] = rule === ACTS ? DEFAULT_CONFIG[key] : rule.nearest(before);
  return JSON.stringify(config[key]) !== JSON.stringify(before);
}

/** The keys that differ from the defaults. */
export function ownKeys(config: Config): (keyof Config)[] {
  return configKeys().filter((key) =>
    JSON.stringify(config[key]) !== JSON.stringify(DEFAULT_CONFIG[key])
  );
}

/** All keys, in the order of the template. */
export function configKeys(): (keyof Config)[] {
  return Object.keys(DEFAULT_CONFIG).filter((key): key is keyof Config =>
    key in DEFAULT_CONFIG
  );
}

/** Checks the text of a config file; `path` is for messages only. */
export function parseConfig(text: string, path: string): Config {
  let value: unknown;
  try {
    value = parseJsonc(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw cannot(`read "${path}"`, error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw environmentError(
      `Cannot read "${path}": it must hold an object, such as {"tmux_session": "ai"}`,
    );
  }
  const known = Object.keys(DEFAULT_CONFIG);
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const shown = key.slice(0, 64);
    throw environmentError(
      `Cannot read "${path}": key "${shown}" is unknown; ${
        didYouMean(shown, known, `known are ${known.join(", ")}`)
      }`,
    );
  }
  const result = configSchema().safeParse({ ...DEFAULT_CONFIG, ...value });
  if (!result.success) {
    const issue = result.error.issues[0];
    const key = issue?.path.join(".").slice(0, 64) ?? "";
    throw environmentError(
      `Cannot read "${path}": value of "${key}" is wrong: ${issue?.message}`,
    );
  }
  return result.data;
}
