import { resolveRun } from "../owners/resolve_run.ts";
import { debugFile } from "../files/debug_log.ts";
import { MAX_BYTES, readPart, readTextIfThere } from "../files/bounded_read.ts";
import type { RunId } from "../run/id.ts";
import type { RunRecord } from "../run/record.ts";
import { newestFirst, readRecord, runFiles } from "../run/store.ts";
import { messageOf } from "../system/errors.ts";
import { insteadOfAbsent } from "../system/ignore.ts";
import type { Caller, Workspace } from "../workspace/workspace.ts";
import { type Config, ownKeys } from "../workspace/config.ts";
import { askVersions } from "./ask_versions.ts";
import { concealAll, makeConceal, makeUnquote } from "./conceal.ts";
import type { OpenedWorkspace } from "./examination.ts";
import { type Finding, toldOf } from "./finding.ts";

/** How much of the end of the debug log is searched for lines of the run. */
const LOG_BYTES = 4 << 20;
const MOST_LINES = 1_000;

/** The keys of a record that are included as they are: none holds words of the user or of a worker. */
const TOLD = [
  ...["schema", "run_id", "status", "cwd", "profile", "model_option", "model"],
  ...["sandbox", "ephemeral", "timeout_ms", "idle_timeout_ms"],
  ...["verify_unconfined", "verify_confined", "created_at", "started_at"],
  ...["ended_at", "duration_ms", "parent_run_id", "root_run_id"],
  ...["resumed_thread_id", "agentctl_version", "codex_version", "stand_in"],
  ...["priority", "held", "after", "after_any_end", "not_before", "placement"],
  ...["chain", "max_tokens", "folder", "protection", "guard", "thread_id"],
  ...["last_activity_at", "usage", "thread_usage", "pane", "supervisor_pid"],
  ...["repository", "goal_met", "claimed", "verified", "result", "exit_code"],
  ...["signal", "ended_by", "next_run_id", "max_account", "over_ceiling"],
];

/** The user's commands: the bundle says only whether there are any. */
const COMMANDS: readonly (keyof Config)[] = ["on_finish"];

/** What a maintainer needs for a report; see {@linkcode makeBundle}. */
export interface Bundle {
  text: string;
  findings: number;
  /** The run, and how many lines of its debug log are in the text; `null` if there is none. */
  run: { id: RunId; lines: number } | null;
}

/** What a bundle is made of. */
export interface BundleOptions {
  caller: Caller;
  opened: OpenedWorkspace;
  findings: readonly Finding[];
  /** The run as the user named it; the newest without one. */
  run: string | undefined;
}

/**
 * Gathers versions, settings, findings, and the record and debug lines of a run as
 * JSON, without prompts, workers' words or values of environment variables. Throws a
 * `not_found` or `usage` error if the run that was named does not exist.
 */
export async function makeBundle(options: BundleOptions): Promise<Bundle> {
  const { caller, opened, findings } = options;
  const { workspace, configError } = opened;
  const run = await describeRun(options);
  const settings = configError === null
    ? settingsOf(workspace)
    : { error: messageOf(configError) };
  const content = concealAll({
    versions: await askVersions(caller.env),
    settings,
    findings: findings.map(toldOf),
  }, makeConceal(caller.env));
  const { id, lines } = run ?? {};
  return {
    text: JSON.stringify(
      { ...content as object, run: run?.content ?? null },
      null,
      2,
    ) + "\n",
    findings: findings.length,
    run: id === undefined ? null : { id, lines: lines ?? 0 },
  };
}

function settingsOf({ config }: Workspace): Record<string, unknown> {
  return Object.fromEntries(
    ownKeys(config).map((key) => [
      key,
      COMMANDS.includes(key) ? "(a command, left out)" : config[key],
    ]),
  );
}

async function describeRun(
  { caller, opened: { workspace }, run }: BundleOptions,
): Promise<{ id: RunId; lines: number; content: unknown } | null> {
  const [newest] = await newestFirst(workspace);
  const id = run === undefined
    ? newest
    : await resolveRun({ workspace, caller }, run);
  if (id === undefined) return null;
  const conceal = makeConceal(caller.env);
  const record = await readRecord(workspace, id)
    .catch((error: unknown) => ({ damaged: messageOf(error) }));
  const unquote = makeUnquote(await wordsOf(workspace, id, record));
  const log = (await debugLines(caller.env, id))
    .map((line) => conceal(withoutQuotes(line, unquote)));
  const told = "damaged" in record ? record : describeRecord(record, unquote);
  return {
    id,
    lines: log.length,
    content: { record: concealAll(told, conceal), debug_log: log },
  };
}

function describeRecord(
  record: RunRecord,
  unquote: (text: string) => string,
): Record<string, unknown> {
  const told = Object.fromEntries(
    Object.entries(record).filter(([key]) => TOLD.includes(key)),
  );
  const { worktree, warnings, verify } = record;
  const ended = "ended_at" in record ? record : null;
  return {
    ...told,
    has_verify: verify !== null,
    worktree: worktree && { ...worktree, setup: worktree.setup !== null },
    warnings: warnings.map(unquote),
    ...ended && {
      reason: unquote(ended.reason),
      failure: ended.failure && {
        ...ended.failure,
        message: unquote(ended.failure.message),
        remedy: unquote(ended.failure.remedy),
      },
      files_changed: ended.files_changed.length,
      overlaps: ended.overlaps.map(({ run_id }) => run_id),
    },
  };
}

/** The words of the user and of the worker, which an error or a warning may quote. */
async function wordsOf(
  workspace: Workspace,
  id: RunId,
  record: RunRecord | { damaged: string },
): Promise<string[]> {
  const { prompt, output } = runFiles(workspace, id);
  const texts = await Promise.all(
    [prompt, output].map((path) =>
      readTextIfThere(path, { maxBytes: MAX_BYTES.record }).catch(
        insteadOfAbsent(null, "what cannot be read is not looked for"),
      )
    ),
  );
  if ("damaged" in record) return texts.map((text) => text ?? "");
  const { title, verify, labels, activity, worktree } = record;
  const ended = "ended_at" in record
    ? [record.summary, record.followup_prompt, record.notes]
    : [];
  return [
    ...texts,
    ...[title, verify, activity, worktree?.setup, ...labels, ...ended],
  ].map((text) => text ?? "");
}

/** The last lines of the run in the debug log, if it is known and can be read. */
async function debugLines(
  env: Record<string, string>,
  id: RunId,
): Promise<string[]> {
  const path = debugFile(env);
  if (path === null) return [];
  const text = await readPart(path, "last", LOG_BYTES).catch(
    insteadOfAbsent("", "a debug log that cannot be read has no lines"),
  );
  return text.split("\n").filter((line) => line.split(" ", 4)[3] === id)
    .slice(-MOST_LINES);
}

/** In an ignored error, the text from outside may quote a prompt or an answer; the rest of a line is ours. */
function withoutQuotes(
  line: string,
  unquote: (text: string) => string,
): string {
  const [, before, message, why] =
    /^((?:\S+ ){4}ignored \w+: )(.*)( \([^()]*\))$/.exec(line) ?? [];
  return before === undefined || message === undefined
    ? line
    : before + unquote(message) + why;
}
