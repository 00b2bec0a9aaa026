import { didYouMean } from "../text/suggestion.ts";
import { parseRunId, type RunId } from "../run/id.ts";
import { hasRecord, nextAttemptId } from "../run/chain.ts";
import { mergeableBranch, worktreeState } from "../run/worktree_outcome.ts";
import { type EndedRecord, isEnded, type RunRecord } from "../run/record.ts";
import { type Reader, readerOf } from "../owners/reader.ts";
import { isPlace, resolveRun } from "../owners/resolve_run.ts";
import { notFoundError, usageError } from "../system/errors.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { readProjects } from "../workspace/projects.ts";
import { RESERVED_NAMES } from "../workspace/reserved_names.ts";
import type { FleetContext } from "../workspace/context.ts";
import { activeIds, waitingIds } from "../queue/queue_files.ts";
import { observeRun } from "../lifecycle/reconcile.ts";
import { ignore } from "../system/ignore.ts";
import { failedRuns } from "./failed_runs.ts";
import { unseenRuns } from "./inbox.ts";
import { isHeld } from "./release.ts";
import { readMeantRuns } from "./read_runs.ts";

/** With which runs a command can do something, if a word names several. */
export type Scope =
  | "live"
  | "held"
  | "ended"
  | "unread"
  /** Its work in a worktree can be merged. */
  | "unmerged"
  /** It still has a worktree. */
  | "worktree"
  | "any";

export interface TargetOptions {
  /** Whether to add all runs that have not ended. */
  all?: boolean;
  /** Whether to mean everybody's runs, and not only those of the session that calls. */
  everyone?: boolean;
  /** Which runs `@project`, `@label` and `@all` mean; those that have not ended unless told. */
  scope?: Scope;
  /** Which of the runs that `@running`, `@failed` and `@unread` name count; as `scope` unless told. */
  states?: Scope;
  /** Whether a word that names several means the first attempts at their tasks. */
  firsts?: boolean;
  /** Called for runs whose records cannot be read, if all are looked at. */
  onDamaged?: (id: RunId, error: unknown) => void;
  /** Called for each word that is not a whole id, with what it names. */
  onNamed?: (word: string, ids: readonly RunId[]) => void;
}

/** Whether a word may name several runs, whatever their number. */
export function namesSeveral(word: string): boolean {
  return word.startsWith("@") && !isPlace(word);
}

/**
 * The runs that the user named: by id or an unambiguous part of one, by `@last` or
 * `@last~2`, or several of the scope at once: `@running`, `@failed` (see
 * {@linkcode failedRuns}), `@unread`, `@all`, and `@NAME` for those of a project or
 * with a label. What is not an id means only runs of the session that calls.
 * Each appears once, in the order given; what one word names comes oldest first.
 * Throws `not_found` for what does not exist, and a `usage` error for what cannot be
 * an id.
 */
export async function resolveTargets(
  context: FleetContext,
  words: readonly string[],
  options: TargetOptions,
): Promise<RunId[]> {
  const { everyone, scope = "live", states = scope, onDamaged } = options;
  const reader = await readerOf(context, { everyone });
  const unread = () => unseenRuns(context, onDamaged ?? passOver, reader);
  let live: Promise<RunRecord[]> | undefined;
  const liveRuns = () => live ??= readLiveRuns(context, reader, onDamaged);
  const within = (runs: RunRecord[], scope: Scope) =>
    keepFitting(context, runs, scope);
  const candidates = async (): Promise<RunRecord[]> =>
    scope === "live" || scope === "held"
      ? await liveRuns()
      : scope === "unread"
      ? await unread()
      : await readMeantRuns(context, reader, onDamaged);
  const named = async (word: string): Promise<RunRecord[]> => {
    const name = word.slice(1);
    if (RESERVED_NAMES.includes(name)) await refuseProject(context, name);
    switch (name) {
      case "running":
        return await within(await liveRuns(), states);
      case "failed":
        return await within(
          await failedRuns(context, reader, onDamaged),
          states,
        );
      case "unread":
        return await within(await unread(), states);
      case "all":
        return await within(await candidates(), scope);
    }
    const runs = (await candidates()).filter((run) => isOf(run, name));
    if (runs.length === 0) await requireName(context, name);
    return await within(runs, scope);
  };
  const ids = new Set<RunId>();
  for (const word of words) {
    const found = namesSeveral(word)
      ? idsOf(await named(word), options.firsts)
      : [await resolveRun(context, word, reader)];
    if (word !== found[0]) options.onNamed?.(word, found);
    found.forEach((id) => ids.add(id));
  }
  if (options.all) {
    for (const { run_id } of await liveRuns()) ids.add(parseRunId(run_id));
  }
  return [...ids];
}

/** The ids of runs, or those of the first attempts at their tasks, each once. */
function idsOf(runs: readonly RunRecord[], firsts = false): RunId[] {
  const ids = runs.map((run) => firsts ? run.root_run_id : run.run_id);
  return [...new Set(ids.map(parseRunId))];
}

function passOver(_: RunId, error: unknown): void {
  ignore(error, "a damaged run is passed over");
}

function isOf({ project, labels }: RunRecord, name: string): boolean {
  return project === name || labels.includes(name);
}

/** Those of the runs with which a command of this scope can do something. */
async function keepFitting(
  { workspace }: FleetContext,
  runs: readonly RunRecord[],
  scope: Scope,
): Promise<RunRecord[]> {
  const fits = async (run: RunRecord): Promise<boolean> => {
    switch (scope) {
      case "live":
        return !isEnded(run) || await isHandedOn(workspace, run);
      case "held":
        return await isHeld(workspace, run);
      case "ended":
      case "unread":
        return isEnded(run);
      case "unmerged":
      case "worktree": {
        const worktree = await worktreeState(workspace, run);
        return scope === "unmerged"
          ? mergeableBranch(run, worktree) !== null
          : worktree?.state === "kept";
      }
      case "any":
        return true;
    }
  };
  const fitting = await Promise.all(runs.map(fits));
  return runs.filter((_, index) => fitting[index]);
}

/**
 * The runs that the reader means and that have not ended, oldest first: those that
 * wait or have a slot. One counts until its next attempt is there.
 */
export async function readLiveRuns(
  context: FleetContext,
  reader: Reader,
  onDamaged: TargetOptions["onDamaged"] = passOver,
): Promise<RunRecord[]> {
  const { workspace } = context;
  const ids = [...await waitingIds(workspace), ...await activeIds(workspace)];
  const records = await Promise.all(
    [...new Set(ids)].map(async (id) => {
      try {
        const record = await observeRun(context, id);
        const isLive = !isEnded(record) || await isHandedOn(workspace, record);
        return isLive && await reader.isMeant(record) ? [record] : [];
      } catch (error) {
        onDamaged(id, error);
        return [];
      }
    }),
  );
  const age = ({ created_at, run_id }: RunRecord) => created_at + run_id;
  return records.flat().toSorted((a, b) => age(a) < age(b) ? -1 : 1);
}

/** Whether the next attempt of an ended run is still being made. */
async function isHandedOn(
  workspace: Workspace,
  record: EndedRecord,
): Promise<boolean> {
  const next = nextAttemptId(record);
  return next !== null && !await hasRecord(workspace, next);
}

/** Earlier versions took any name; a word must not silently change what it means. */
async function refuseProject(
  { workspace }: FleetContext,
  name: string,
): Promise<void> {
  const projects = await readProjects(workspace);
  const project = projects.find((project) => project.name === name);
  if (project === undefined) return;
  throw usageError(
    `Cannot tell what "@${name}" means: a project has this name, which is now a reserved word; register ${project.path} under another one with "agentctl add-project", and remove this one with "agentctl remove-project ${name}"`,
  );
}

/** A project or label without such runs is not an error; an unknown name is. */
async function requireName(
  context: FleetContext,
  name: string,
): Promise<void> {
  const projects = await readProjects(context.workspace);
  const names = projects.map((project) => project.name);
  if (names.includes(name)) return;
  const everyone = await readerOf(context, { everyone: true });
  const records = await readMeantRuns(context, everyone);
  if (records.some((record) => isOf(record, name))) return;
  const labels = records.flatMap((record) => record.labels);
  const known = [...new Set([...RESERVED_NAMES, ...names, ...labels])];
  throw notFoundError(
    `Cannot find "@${name}": no project of this name is registered or has a run, and no run has this label; ${
      didYouMean(name, known, 'see "agentctl projects"', "@")
    }`,
  );
}
