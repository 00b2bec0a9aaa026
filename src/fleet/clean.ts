import { join } from "@std/path";
import { isRunId, type RunId } from "../run/id.ts";
import { type EndedRecord, isEnded, isOurs } from "../run/record.ts";
import { forgetSeen, isUnread, seenIds } from "../run/seen.ts";
import { newestFirst, readRecord, runFiles } from "../run/store.ts";
import { closeFinishedPane } from "../tmux/panes.ts";
import { acquireLock, tryAcquireLock } from "../files/lock.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import type { FleetContext } from "../workspace/context.ts";
import { runServer } from "../lifecycle/run_server.ts";
import { activeIds, waitingIds } from "../queue/queue_files.ts";
import { reconcileRun } from "../lifecycle/reconcile.ts";
import { requireOwnPlace } from "../worktrees/worktree.ts";
import { inspectWorktree } from "../worktrees/worktree_inspection.ts";
import { claimWorktree } from "../worktrees/worktree_lock.ts";
import { removeBoth } from "../worktrees/worktree_removal.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { ignore, instead } from "../system/ignore.ts";

/** What may be removed. */
export interface CleanOptions {
  /** Only runs that ended longer ago than this. */
  olderThanMs: number;
  /** How many of the newest runs are kept. */
  keep: number;
  /** Whether to report only what would be removed. */
  dryRun: boolean;
  /** Whether to remove runs whose worktrees hold unmerged work, too. */
  force: boolean;
}

/** What was removed, and what had to stay although it is old enough. */
export interface CleanOutcome {
  removed: EndedRecord[];
  unseen: RunId[];
  /** Those whose worktrees hold unmerged work. */
  unmerged: RunId[];
  damaged: { id: RunId; error: unknown }[];
}

/**
 * Removes old runs with their panes. It never removes a run that has not ended,
 * one that such a run comes after or continues, one whose result nobody has
 * seen, one whose record cannot be read, or one that a newer agentctl wrote. It
 * removes one whose worktree holds unmerged work only with `force`.
 */
export async function cleanRuns(
  context: FleetContext,
  options: CleanOptions,
): Promise<CleanOutcome> {
  const outcome: CleanOutcome = {
    removed: [],
    unseen: [],
    unmerged: [],
    damaged: [],
  };
  const seen = await seenIds(context.workspace);
  const needed = await neededIds(context.workspace);
  const candidates = (await newestFirst(context.workspace)).slice(options.keep);
  const before = Date.now() - options.olderThanMs;
  for (const id of candidates) {
    let record;
    try {
      record = await reconcileRun(context, id);
    } catch (error) {
      outcome.damaged.push({ id, error });
      continue;
    }
    if (!isEnded(record) || !isOurs(record)) continue;
    if (needed.has(id) || needed.has(record.root_run_id)) continue;
    if (Date.parse(record.ended_at) > before) continue;
    if (isUnread(record, seen)) {
      outcome.unseen.push(id);
      continue;
    }
    let worktree;
    try {
      worktree = await letGo(context, record, options);
    } catch (error) {
      outcome.damaged.push({ id, error });
      continue;
    }
    if (worktree === "unmerged") outcome.unmerged.push(id);
    if (worktree !== "gone") continue;
    if (!options.dryRun && !await removeRun(context, record, id)) continue;
    outcome.removed.push(record);
  }
  if (!options.dryRun) await emptyTrash(context);
  return outcome;
}

/** What unfinished runs still need: the runs that they come after, and their own chains. */
async function neededIds(workspace: Workspace): Promise<Set<string>> {
  const live = [...await waitingIds(workspace), ...await activeIds(workspace)];
  const needed = new Set<string>();
  for (const id of live) {
    const record = await readRecord(workspace, id).catch(
      instead(null, "a run whose record cannot be read needs no other"),
    );
    if (record === null || isEnded(record)) continue;
    const { root_run_id, after, after_any_end } = record;
    for (const id of [root_run_id, ...after, ...after_any_end]) {
      needed.add(id);
      // The last attempt says whether a chain has reached its goal.
      const root = isRunId(id)
        ? (await readRecord(workspace, id).catch(
          instead(
            null,
            "a run whose record cannot be read belongs to no chain",
          ),
        ))?.root_run_id
        : undefined;
      if (root !== undefined) needed.add(root);
    }
  }
  return needed;
}

/** Removes what is left of a run's worktree, or says why it stays. */
async function letGo(
  context: FleetContext,
  { worktree, ...record }: EndedRecord,
  { force, dryRun }: CleanOptions,
): Promise<"gone" | "busy" | "unmerged"> {
  if (worktree === null) return "gone";
  const env = context.caller.env;
  await requireOwnPlace({ ...record, worktree }, worktree);
  using claim = await claimWorktree(worktree.path);
  if (claim === null) return "busy";
  const { unmerged } = await inspectWorktree(context, { ...record, worktree });
  if (unmerged !== null && !force) return "unmerged";
  if (dryRun) return "gone";
  try {
    await removeBoth(worktree, env);
  } catch (error) {
    ignore(error, "a worktree that git cannot remove counts as in use");
    return "busy";
  }
  return "gone";
}

/** Removes one run; `false` if another process is using it. */
async function removeRun(
  context: FleetContext,
  record: EndedRecord,
  id: RunId,
): Promise<boolean> {
  const files = runFiles(context.workspace, id);
  using lock = await tryAcquireLock(files.lock);
  if (lock === null) return false;
  if (record.pane) {
    using _layout = await acquireLock(
      workspacePaths.layoutLock(context.workspace),
    );
    await closeFinishedPane(
      runServer(context, record),
      record.pane.pane_id,
      id,
    );
  }
  const trash = workspacePaths.trash(context.workspace);
  await Deno.mkdir(trash, { recursive: true, mode: 0o700 });
  // In one step, so that nobody ever sees a half-removed run.
  await Deno.rename(
    files.folder,
    join(trash, `${id}-${crypto.randomUUID().slice(0, 8)}`),
  );
  await forgetSeen(context.workspace, id);
  return true;
}

async function emptyTrash(context: FleetContext): Promise<void> {
  await removeQuietly(workspacePaths.trash(context.workspace), {
    recursive: true,
  });
}
