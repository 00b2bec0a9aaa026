import * as z from "zod/mini";
import { once } from "../system/once.ts";
import { hostSchema } from "../workspace/host_schema.ts";
import * as word from "./checked_words.ts";
import { Chain } from "./chain_schema.ts";
import { FolderMark } from "./folder_mark.ts";
import { Guard, Protection } from "./guard.ts";
import { Owner } from "./owner.ts";
import { McpServers } from "./mcp_servers.ts";
import { Pane, Placement } from "./pane_place.ts";
import { ToldChanges } from "./told.ts";
import { WaitingFor } from "./waiting_for.ts";
import { Overlap, Worktree } from "./worktree_schema.ts";

/** The version of the record format that this program writes. */
export const RECORD_SCHEMA = 1;

const Time = z.iso.datetime({ offset: true });

const Usage = z.object({
  input_tokens: z.number(),
  cached_input_tokens: z.number(),
  output_tokens: z.number(),
  reasoning_output_tokens: z.number(),
});

const Failure = z.object({
  class: z.string(),
  message: z.string(),
  remedy: z.string(),
  resets_at: z.optional(z.string()),
});

/** The chain of a run that is its own first and last attempt. */
export const SINGLE_ATTEMPT: z.infer<typeof Chain> = {
  attempt: 1,
  cause: "start",
  retries: 0,
  escalate: [],
  max_attempts: 1,
  max_ms: null,
  max_tokens: null,
  spent_ms: 0,
  spent_tokens: 0,
  limits: 0,
  healings: 0,
  since: null,
};

/** What every run has, whatever its status; fixed when the run is made. Fields with a default were added later. */
const task = {
  schema: z.literal(RECORD_SCHEMA),
  run_id: word.RunIdText,
  title: z.string(),
  project: z.nullable(z.string()),
  /** The worker's folder, links resolved. */
  cwd: z.string(),
  profile: z.nullable(z.string()),
  /** The model that an option asked for; without one, profile and config decide. */
  model_option: z.nullable(z.string()),
  /** The model that the run is expected to use, if known. */
  model: z.nullable(z.string()),
  sandbox: z.enum(["read-only", "workspace-write", "danger-full-access"]),
  ephemeral: z.boolean(),
  timeout_ms: z.nullable(z.number()),
  /** How long the worker may do nothing. */
  idle_timeout_ms: z.nullable(z.number()),
  /** A shell command that decides, after the worker has ended, whether the goal is met. */
  verify: z.nullable(z.string()),
  /** Whether the user asked for the check to run unconfined; and whether it is confined, `null` if there is no check. */
  verify_unconfined: z._default(z.boolean(), false),
  verify_confined: z._default(z.nullable(z.boolean()), null),
  created_at: Time,
  parent_run_id: z.nullable(word.RunIdText),
  root_run_id: word.RunIdText,
  /** The run whose task it repeats; `null` for none, and in older records. */
  rerun_of: z._default(z.nullable(word.RunIdText), null),
  /** The thread that the run continues; `null` for a new one. */
  resumed_thread_id: z.nullable(word.ThreadId),
  /** The pane of the orchestrator that started the run; tmux messages appear there. */
  notify_target: z.nullable(word.PaneId),
  agentctl_version: z.string(),
  codex_version: z.string(),
  /** Whether the worker is the stand-in of `agentctl demo` and not Codex. */
  stand_in: z.boolean(),
  /** Of the runs that may start, the one with the highest priority goes first. */
  priority: z._default(z.number(), 0),
  /** Whether it has to be released before it may start. */
  held: z._default(z.boolean(), false),
  /** The runs that have to end with their goals met before it may start. */
  after: z._default(z.array(word.RunIdText), []),
  /** The runs that have to end before it may start, whatever their outcomes. */
  after_any_end: z._default(z.array(word.RunIdText), []),
  /** It does not start before this time. */
  not_before: z._default(z.nullable(Time), null),
  placement: z._default(z.nullable(Placement), null),
  chain: z._default(Chain, SINGLE_ATTEMPT),
  /** How many tokens the run may use; `null`: no limit. */
  max_tokens: z._default(z.nullable(z.number()), null),
  worktree: z._default(z.nullable(Worktree), null),
  /** The identity of the folder that the run is about: `cwd`, or the corresponding folder in the repository of its worktree. `null`: links in its path were not resolved. */
  folder: z._default(z.nullable(FolderMark), null),
  /** Words to find the run by. */
  labels: z._default(z.array(z.string()), []),
  /** The protected paths that the worker may nevertheless change: relative or absolute. */
  allow_protected: z._default(z.array(z.string()), []),
  protection: z._default(z.nullable(Protection), null),
  /** Who asked for it; `null` in older records, whose runs belong to everybody. */
  owner: z._default(z.nullable(Owner), null),
  /** The MCP servers that the worker may use; `null`: those whose tools need no approval. */
  mcp: z._default(z.nullable(z.array(z.string())), null),
  /** What percentage of its account may be used when it starts; `null`: as the settings say. */
  max_account: z._default(z.nullable(z.number()), null),
  /** How Codex is to be driven; `null` means `auto`. */
  transport: z._default(
    z.nullable(z.enum(["auto", "app-server", "exec"])),
    null,
  ),
  /** Whether the user is asked to approve what leads out of the sandbox; otherwise nothing may. */
  approve: z._default(z.enum(["never", "ask"]), "never"),
  /** How long the worker waits for an answer; `null`: the default. */
  answer_timeout_ms: z._default(z.nullable(z.number()), null),
};

/** What becomes known while the worker runs. */
const progress = {
  thread_id: z.nullable(word.ThreadId),
  last_activity_at: z.nullable(Time),
  /** What the worker is doing, in one line. */
  activity: z.nullable(z.string()),
  /** Tokens of this run alone; Codex itself counts per thread. */
  usage: z.nullable(Usage),
  /** What Codex counted for the whole thread; a resumed run subtracts it. */
  thread_usage: z.nullable(Usage),
  pane: z.nullable(Pane),
  supervisor_pid: z.nullable(word.ProcessId),
  warnings: z.array(z.string()),
  /** The machine that made it, which alone starts it and knows whether its lock is held. `null`: this one, as for all runs of earlier versions. */
  host: z._default(z.nullable(hostSchema()), null),
  /** The git folder that all worktrees of the run's repository share; `null` outside a repository, or before it is known. */
  repository: z._default(z.nullable(word.AbsolutePath), null),
  /** `false` if Codex cannot guard anything, or need not, without a sandbox; `null` before it is known. */
  guard: z._default(z.nullable(z.union([z.literal(false), Guard])), null),
  /** Whether it was released although its account was used up to the ceiling. */
  over_ceiling: z._default(z.boolean(), false),
  /** `null` before it is known. */
  mcp_servers: z._default(z.nullable(McpServers), null),
  /** What it asks, while it waits for an answer. */
  waiting_for: z._default(z.nullable(WaitingFor), null),
  /** How long it has waited for answers, which counts against no time limit. */
  waited_ms: z._default(z.number(), 0),
};

const started = { ...task, ...progress, started_at: Time };

/** What every ended run has. */
const ended = {
  ...task,
  ...progress,
  started_at: z.nullable(Time),
  ended_at: Time,
  duration_ms: z.number(),
  /** True only if the worker claims it and the check, if there is one, agrees. */
  goal_met: z.nullable(z.boolean()),
  /** What the worker claims. */
  claimed: z.nullable(z.boolean()),
  /** What the check found; `null` if none was run. */
  verified: z.nullable(z.boolean()),
  summary: z.string(),
  followup_prompt: z.string(),
  notes: z.string(),
  /** `valid`; `repaired`: valid after the worker was asked again; `invalid`; `missing`. */
  result: z.enum(["valid", "repaired", "invalid", "missing"]),
  result_error: z.nullable(z.string()),
  exit_code: z.nullable(z.number()),
  signal: z.nullable(z.string()),
  /** The signals that it took to end Codex, in order; empty if it ended on its own. */
  ended_by: z.array(z.string()),
  /** Why the run ended as it did, in one sentence. */
  reason: z.string(),
  failure: z.nullable(Failure),
  git_diff_stat: z.nullable(z.string()),
  /** What changed in the folder while the run worked, whoever changed it. */
  files_changed: z.array(z.string()),
  /** Those of them that the run is known to have changed itself; `null` if that is unknown. */
  own_files: z._default(z.nullable(z.array(z.string())), null),
  /** The next attempt of the chain; `null` if this is the last one. */
  next_run_id: z._default(z.nullable(word.RunIdText), null),
  /** Runs that themselves changed the same files at the same time, as far as they had ended by then. */
  overlaps: z._default(z.array(Overlap), []),
  ...ToldChanges.shape,
};

const ENDED_STATUSES = [
  "finished",
  "stopped",
  "timed_out",
  "failed",
  "lost",
] as const;

/** Made on first use, because commands that read no record, such as `start`, are faster without it. */
export const recordSchema = once(() =>
  z.discriminatedUnion("status", [
    z.object({ status: z.literal("queued"), ...task, ...progress }),
    z.object({ status: z.literal("starting"), ...task, ...progress }),
    z.object({ status: z.literal("running"), ...started }),
    ...ENDED_STATUSES.map((status) =>
      z.object({ status: z.literal(status), ...ended })
    ),
  ])
);

/** A run's record: `meta.json`, the public JSON of `show`. */
export type RunRecord = z.infer<ReturnType<typeof recordSchema>>;

export type RunStatus = RunRecord["status"];

/** A run that is over. */
export type EndedRecord = Extract<RunRecord, { ended_at: string }>;

/** A run that has not ended. */
export type LiveRecord = Exclude<RunRecord, EndedRecord>;

/** What is fixed about a run when it is made. */
export type RunTask = Pick<LiveRecord, keyof typeof task>;

/** The part of a record that was fixed when the run was made. */
export function taskOf(record: RunRecord): RunTask {
  const names = Object.keys(task) as (keyof RunTask)[];
  return Object.fromEntries(
    names.map((name) => [name, record[name]]),
  ) as RunTask;
}

export type RunFailure = z.infer<typeof Failure>;
export type RunUsage = z.infer<typeof Usage>;
export type RunPane = z.infer<typeof Pane>;
export type RunPlacement = z.infer<typeof Placement>;
export type RunChain = z.infer<typeof Chain>;
export type RunWorktree = z.infer<typeof Worktree>;
export type RunOverlap = z.infer<typeof Overlap>;

export const RUN_STATUSES: readonly RunStatus[] = [
  "queued",
  "starting",
  "running",
  ...ENDED_STATUSES,
];

/** Whether the run is over; nothing rewrites the record of such a run. */
export function isEnded(record: RunRecord): record is EndedRecord {
  return "ended_at" in record;
}

/** Whether the run did what was asked: it ended by itself and its goal is met. */
export function isGood(record: RunRecord): boolean {
  return record.status === "finished" && record.goal_met === true;
}

/** Tokens as budgets count them and users see them: those read plus those written. */
export function tokensOf(
  usage: Pick<RunUsage, "input_tokens" | "output_tokens"> | null,
): number {
  return usage === null ? 0 : usage.input_tokens + usage.output_tokens;
}

/**
 * Checks a parsed `meta.json`. A record written by a newer agentctl is accepted
 * as far as it is understood; its `schema` tells us not to write it. Throws an
 * `Error` that says what is wrong.
 */
export function parseRecord(value: unknown): RunRecord {
  const schema =
    typeof value === "object" && value !== null && "schema" in value
      ? value.schema
      : undefined;
  const isNewer = typeof schema === "number" && schema > RECORD_SCHEMA;
  const result = recordSchema().safeParse(
    isNewer ? { ...value as object, schema: RECORD_SCHEMA } : value,
  );
  if (result.success) {
    return isNewer ? { ...result.data, schema } as RunRecord : result.data;
  }
  if (isNewer) {
    throw new Error(
      `it was written by a newer agentctl (schema ${schema}, this one knows ${RECORD_SCHEMA}); update agentctl`,
    );
  }
  const issue = result.error.issues[0];
  throw new Error(
    `it is not the record of a run: ${
      issue?.path.join(".") || "value"
    }: ${issue?.message}`,
  );
}

/** Whether this agentctl may write the record; one of a newer version is left alone. */
export function isOurs(record: RunRecord): boolean {
  return (record.schema as number) <= RECORD_SCHEMA;
}
