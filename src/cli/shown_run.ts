import type { RunRecord } from "../run/record.ts";
import { flag } from "../terminal/option_spec.ts";
import {
  BRIEF_BYTES,
  type BriefForm,
  briefRun,
  redundantKeys,
} from "../view/brief_run.ts";
import { presentRun } from "../view/present_run.ts";
import { type RunFacts, runFacts } from "../view/run_facts.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** Programs that models use set one of these for what they start. */
const MODEL_VARIABLES = ["CLAUDECODE", "AI_AGENT", "CODEX_THREAD_ID"];

/** Records that go to a pipe are short, for models; this option prints them whole. */
export const FULL_OPTION = {
  full: flag("print the whole record, even to a pipe"),
};

/** The short record in a shell's output. */
export const SHELL_FORM: BriefForm = {
  keys: [
    ...["run_id", "title", "status", "older_layout"],
    ...["waiting_for", "answer_with"],
    ...["goal_met", "claimed", "verified", "words_of"],
    ...["summary", "followup_prompt", "notes", "exit_code", "git_diff_stat"],
    ...["self_running", "hidden_files", "left_out", "huge"],
    ...["overlaps", "worktree_state", "reason", "failure", "result_error"],
    ...["next_run_id", "waiting", "elsewhere", "activity", "messages"],
    ...["labels", "project", "cwd", "owner"],
    ...["profile", "model", "duration", "thread_id", "parent_run_id", "usage"],
    ...["warnings", "stand_in", "files"],
  ],
  always: [
    ...["run_id", "title", "status", "goal_met", "summary"],
    ...["followup_prompt", "notes", "exit_code", "git_diff_stat"],
  ],
  indent: 2,
  cut: (shortened, id) => ({ shortened, full: `agentctl show ${id} --full` }),
};

/** The same for a session of Claude Code: without what is empty, and what a model rarely needs. */
const FRUGAL_FORM: BriefForm = {
  ...SHELL_FORM,
  keys: [
    ...["run_id", "title", "status", "older_layout"],
    ...["waiting_for", "answer_with"],
    ...["goal_met", "claimed", "verified", "words_of"],
    ...["summary", "followup_prompt", "notes", "changes"],
    ...["self_running", "hidden_files", "left_out", "huge"],
    ...["overlaps", "worktree_state", "reason", "failure"],
    ...["result_error", "next_run_id", "waiting", "elsewhere", "activity"],
    ...["messages", "profile", "duration", "warnings", "stand_in"],
  ],
  always: ["run_id", "title", "status", "goal_met", "summary"],
  without: redundantKeys,
};

/** Whether a command prints for a model, which pays for every byte: in a session of Claude Code, unless its options ask for the documented keys. */
export function isFrugal(
  env: Record<string, string>,
  { full = false, json }: { full?: boolean; json: boolean },
): boolean {
  return !full && !json && Boolean(env["CLAUDECODE"]) &&
    !Deno.stdout.isTerminal();
}

/**
 * Whether a person reads what a command prints, and not a program or a model, which
 * may be given a terminal, too: so the variables of the process itself count, not
 * those of the caller, who is taken for the user wherever there is a terminal.
 */
export function isForPerson(
  { full = false, json }: { full?: boolean; json: boolean },
): boolean {
  return !full && !json && Deno.stdout.isTerminal() &&
    MODEL_VARIABLES.every((name) => !Deno.env.get(name));
}

/** A record as a command prints it: whole on a terminal or with the option, short otherwise. */
export async function shownRun(
  workspace: Workspace,
  run: RunRecord | RunFacts,
  { full = false, frugal = false, indent = SHELL_FORM.indent, bytes }: {
    full?: boolean;
    frugal?: boolean;
    indent?: number;
    bytes?: number;
  },
): Promise<Record<string, unknown>> {
  const facts = "record" in run ? run : await runFacts(workspace, run);
  const form = { ...frugal ? FRUGAL_FORM : SHELL_FORM, indent };
  return full || Deno.stdout.isTerminal()
    ? await presentRun(workspace, facts)
    : await briefRun(workspace, facts, form, bytes ?? BRIEF_BYTES);
}
