import { messageState, readReceipts } from "../run/messages.ts";
import { olderRunsFolder } from "../run/older_runs.ts";
import { answerCommands } from "../run/question_lines.ts";
import { isEnded, type RunRecord } from "../run/record.ts";
import { runFiles } from "../run/store.ts";
import { toldOf } from "../run/told.ts";
import { parseRunId } from "../run/id.ts";
import { formatDuration } from "../text/duration.ts";
import { WORDS_OF } from "../text/others_words.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { RunFacts } from "./run_facts.ts";
import { infoAt } from "../files/exists.ts";

/** A run's record as JSON for people and models, most important keys first. */
export async function presentRun(
  workspace: Workspace,
  facts: RunFacts,
): Promise<Record<string, unknown>> {
  if (facts.isOlder) {
    const folder = `${olderRunsFolder(workspace)}/${facts.record.run_id}`;
    return { ...presentFacts(facts), files: { folder } };
  }
  const [messages, files] = await Promise.all([
    presentMessages(workspace, facts.record),
    existingFiles(workspace, facts.record),
  ]);
  return { ...presentFacts(facts), messages, files };
}

/** Like {@linkcode presentRun}, without what has to be read from other files of the run. */
export function presentFacts(facts: RunFacts): Record<string, unknown> {
  const { record, durationMs } = facts;
  const ended = isEnded(record) ? record : null;
  const { waiting_for } = record;
  const asked = {
    waiting_for,
    answer_with: waiting_for === null
      ? []
      : answerCommands(record.run_id, waiting_for),
  };
  return {
    run_id: record.run_id,
    title: record.title,
    status: record.status,
    ...facts.isOlder ? { older_layout: true } : {},
    // First, if somebody has to answer.
    ...record.waiting_for === null ? {} : asked,
    goal_met: ended?.goal_met ?? null,
    ...WORDS_OF,
    summary: ended?.summary ?? "",
    followup_prompt: ended?.followup_prompt ?? "",
    notes: ended?.notes ?? "",
    exit_code: ended?.exit_code ?? null,
    git_diff_stat: ended?.git_diff_stat ?? null,
    reason: ended?.reason ?? null,
    failure: ended?.failure ?? null,
    result: ended?.result ?? null,
    result_error: ended?.result_error ?? null,
    claimed: ended?.claimed ?? null,
    verified: ended?.verified ?? null,
    verify: record.verify,
    verify_confined: record.verify_confined,
    waiting: facts.waiting,
    ...asked,
    elsewhere: facts.elsewhere,
    activity: record.activity,
    messages: [],
    labels: record.labels,
    project: record.project,
    cwd: record.cwd,
    owner: record.owner,
    profile: record.profile,
    model: record.model,
    sandbox: record.sandbox,
    guard: record.guard,
    allow_protected: record.allow_protected,
    protection: record.protection,
    mcp: record.mcp,
    mcp_servers: record.mcp_servers,
    created_at: record.created_at,
    started_at: "started_at" in record ? record.started_at : null,
    ended_at: ended?.ended_at ?? null,
    duration: durationMs === null ? null : formatDuration(durationMs),
    duration_ms: durationMs,
    last_activity_at: record.last_activity_at,
    waited_ms: record.waited_ms,
    timeout_ms: record.timeout_ms,
    idle_timeout_ms: record.idle_timeout_ms,
    approve: record.approve,
    answer_timeout_ms: record.answer_timeout_ms,
    thread_id: record.thread_id,
    parent_run_id: record.parent_run_id,
    root_run_id: record.root_run_id,
    rerun_of: record.rerun_of,
    next_run_id: ended?.next_run_id ?? null,
    chain: record.chain,
    priority: record.priority,
    held: record.held,
    after: record.after,
    after_any_end: record.after_any_end,
    not_before: record.not_before,
    usage: record.usage,
    max_tokens: record.max_tokens,
    max_account: record.max_account,
    over_ceiling: record.over_ceiling,
    worktree: record.worktree,
    worktree_state: facts.worktreeState,
    repository: record.repository,
    signal: ended?.signal ?? null,
    ended_by: ended?.ended_by ?? [],
    files_changed: ended?.files_changed ?? [],
    own_files: ended?.own_files ?? null,
    overlaps: facts.overlaps,
    ...toldOf(ended ?? {}),
    warnings: record.warnings,
    host: record.host,
    pane: record.pane,
    files: {},
    ephemeral: record.ephemeral,
    codex_version: record.codex_version,
    stand_in: record.stand_in,
    agentctl_version: record.agentctl_version,
    schema: record.schema,
  };
}

/** The messages that were sent to the run; their texts are in its folder. */
async function presentMessages(
  workspace: Workspace,
  record: RunRecord,
): Promise<Record<string, unknown>[]> {
  const folder = runFiles(workspace, parseRunId(record.run_id)).messages;
  const { receipts, damaged } = await readReceipts(folder);
  const ended = isEnded(record);
  return [
    ...receipts.map(({ id, ...receipt }) => ({
      id,
      state: messageState({ id, ...receipt }, ended),
      ...receipt,
    })),
    ...damaged.map((id) => ({ id, state: "damaged" })),
  ];
}

/** The files of the run that exist, by what they hold. */
async function existingFiles(
  workspace: Workspace,
  record: RunRecord,
): Promise<Record<string, string>> {
  const { folder, prompt, events, stderr, output, diff, setup, verify } =
    runFiles(workspace, parseRunId(record.run_id));
  const named = { folder, prompt, events, stderr, output, diff, setup, verify };
  const present = await Promise.all(
    Object.entries(named).map(async ([name, path]) => {
      const info = await infoAt(path);
      return info === null ? [] : [[name, path] as const];
    }),
  );
  return Object.fromEntries(present.flat());
}
