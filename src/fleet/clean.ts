import { parseRunId, type RunId } from "../run/id.ts";
import { type EndedRecord, isEnded, isOurs } from "../run/record.ts";
import { readerOf } from "../owners/reader.ts";
import {
  forgetSeen,
  isUnread,
  seenByAnybody,
  seenByOwnerOrUser,
  toldIds,
} from "../run/seen.ts";
import { putAway } from "../run/new_run.ts";
import {
  isUnmade,
  listRunIds,
  newestFirst,
  readRecord,
  runFiles,
  RunNotFound,
} from "../run/store.ts";
import { closeFinishedPane } from "../tmux/panes.ts";
import { folderBytes } from "../files/folder_bytes.ts";
import { acquireLockSoon, isLocked } from "../files/lock.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import type { FleetContext } from "../workspace/context.ts";
import { runServer } from "../lifecycle/run_server.ts";
import { pumpQuietly } from "../lifecycle/pump_quietly.ts";
import { isInQueueOrActive } from "../queue/queue_files.ts";
import { isAwaited, neededIds } from "./needed_runs.ts";
import { reconcileRun } from "../lifecycle/reconcile.ts";
import { requireOwnPlace } from "../worktrees/worktree.ts";
import { inspectWorktree } from "../worktrees/worktree_inspection.ts";
import { claimWorktreeSoon } from "../worktrees/worktree_lock.ts";
import { removeBoth } from "../worktrees/worktree_removal.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { ignore, instead } from "../system/ignore.ts";

/** How long to wait for supervisors that have written the ends of their runs and still tell them. */
const SETTLING_MS = 15_000;

/** How long others may take to make panes. */
const OTHER_PANES_MS = 5_000;

/** Nobody comes back for the results of a session that was over this long ago. */
const FORGOTTEN_MS = 14 * 24 * 60 * 60_000;

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
  /** Whether nobody asked for this: then unread results stay, however long ago their session ended, and so does work whose repository is unavailable. */
  isAutomatic?: boolean;
}

/** What was removed, and what had to stay although it is old enough. */
export interface CleanOutcome {
  removed: EndedRecord[];
  /** What these took on the disk, with their worktrees, as far as it was counted. */
  bytes: number;
  /** Only for a dry run: what each took. */
  sizes: Map<string, number>;
  /** Only for a dry run: the runs that stay and take the most, largest first. */
  largest: { run_id: string; bytes: number }[];
  unseen: RunId[];
  /** Those whose worktrees hold unmerged work. */
  unmerged: RunId[];
  /** Those that another process is still using. */
  busy: RunId[];
  damaged: { id: RunId; error: unknown }[];
}

/**
 * Removes old runs with their panes. It never removes one that has not ended,
 * that such a run comes after or continues, whose result nobody has seen (unless
 * the session that asked for it was over 14 days ago), whose record cannot be
 * read, or that a newer agentctl wrote; one whose worktree holds unmerged work,
 * only with `force`.
 */
export async function cleanRuns(
  context: FleetContext,
  options: CleanOptions,
): Promise<CleanOutcome> {
  const outcome: CleanOutcome = {
    removed: [],
    bytes: 0,
    sizes: new Map(),
    largest: [],
    unseen: [],
    unmerged: [],
    busy: [],
    damaged: [],
  };
  // What was cut off may still need a run, such as a further attempt that is yet to be made.
  if (!options.dryRun) await pumpQuietly(context);
  const seen = await seenByOwnerOrUser(context.workspace);
  const { isOver } = await readerOf(context);
  const isForgotten = async (record: EndedRecord) =>
    !options.isAutomatic &&
    Date.parse(record.ended_at) < Date.now() - FORGOTTEN_MS &&
    await isOver(record, FORGOTTEN_MS);
  const needed = await neededIds(context.workspace, seen, isForgotten);
  // The oldest first, so that a run goes before the attempts that follow it.
  const candidates = (await newestFirst(context.workspace)).slice(options.keep)
    .reverse();
  const before = Date.now() - options.olderThanMs;
  const removed = new Set<string>();
  const settled = Date.now() + SETTLING_MS;
  for (const id of candidates) {
    let record;
    try {
      record = await reconcileRun(context, id);
    } catch (error) {
      if (!(error instanceof RunNotFound)) outcome.damaged.push({ id, error });
      else if (!options.dryRun) await sweepHusk(context.workspace, id);
      continue;
    }
    if (!isEnded(record) || !isOurs(record)) continue;
    // Whoever waits for the run before would make this one again.
    if (await isAwaited(context.workspace, record, removed)) continue;
    if (Date.parse(record.ended_at) > before) continue;
    if (isUnread(record, seen) && !await isForgotten(record)) {
      outcome.unseen.push(id);
      continue;
    }
    if (needed.has(id) || needed.has(record.root_run_id)) continue;
    const patience = options.dryRun ? 0 : settled - Date.now();
    if (await isUnsettled(context.workspace, id, patience)) {
      outcome.busy.push(id);
      continue;
    }
    let worktree;
    try {
      worktree = await letGo(context, record, options);
    } catch (error) {
      outcome.damaged.push({ id, error });
      continue;
    }
    if (
      worktree === "gone" && !options.dryRun &&
      !await removeRun(context, record, id, settled - Date.now())
    ) worktree = "busy" as const;
    if (worktree !== "gone") {
      outcome[worktree].push(id);
      continue;
    }
    removed.add(id);
    outcome.removed.push(record);
  }
  // The newest first, as lists show them.
  for (
    const list of ["removed", "unseen", "unmerged", "busy", "damaged"] as const
  ) {
    outcome[list].reverse();
  }
  if (options.dryRun) {
    await measure(context, outcome);
  } else {
    // Runs that were put away by processes that died before they could remove them.
    await removeQuietly(workspacePaths.trash(context.workspace), {
      recursive: true,
    });
    await forgetRemoved(context.workspace);
  }
  return outcome;
}

/** How long a dry run counts what a run takes, and what all of them take. */
const COUNTING_MS = 1_000;
const COUNTING_ALL_MS = 5_000;

/** How many of those that stay are named. */
const MOST_LARGEST = 3;

/** Counts what runs and their worktrees take. */
async function measure(
  context: FleetContext,
  outcome: CleanOutcome,
): Promise<void> {
  const { workspace } = context;
  const end = Date.now() + COUNTING_ALL_MS;
  const goes = new Set(outcome.removed.map(({ run_id }) => run_id));
  for (const id of await newestFirst(workspace)) {
    const record = await readRecord(workspace, id).catch(
      instead(null, "a damaged run is counted without its worktree"),
    );
    const folders = [runFiles(workspace, id).folder];
    // Attempts share it; the first one stands for all.
    const worktree = record?.worktree ?? null;
    if (worktree !== null && record?.root_run_id === id) {
      folders.push(worktree.path);
    }
    let bytes = 0;
    for (const folder of folders) {
      const left = Math.min(COUNTING_MS, end - Date.now());
      if (left > 0) bytes += (await folderBytes(folder, left)).bytes;
    }
    outcome.sizes.set(id, bytes);
    if (goes.has(id)) outcome.bytes += bytes;
    else outcome.largest.push({ run_id: id, bytes });
  }
  outcome.largest = outcome.largest.sort((a, b) => b.bytes - a.bytes)
    .slice(0, MOST_LARGEST);
}

/** Whether what follows the end of a run is not done yet; its supervisor gets a moment for it. */
async function isUnsettled(
  workspace: Workspace,
  id: RunId,
  patienceMs: number,
): Promise<boolean> {
  if (!await isInQueueOrActive(workspace, id)) return false;
  // Whoever does it holds the lock meanwhile.
  await isLocked(runFiles(workspace, id).lock, Math.max(0, patienceMs));
  return await isInQueueOrActive(workspace, id);
}

/** Removes what an earlier agentctl left of a run when it was killed. */
async function sweepHusk(workspace: Workspace, id: RunId): Promise<void> {
  const files = runFiles(workspace, id);
  if (await isUnmade(files)) await putAway(workspace, files.folder);
}

/** Removes what is left of a run's worktree, or says why it stays. */
async function letGo(
  context: FleetContext,
  { worktree, ...record }: EndedRecord,
  { force, dryRun, isAutomatic }: CleanOptions,
): Promise<"gone" | "busy" | "unmerged"> {
  if (worktree === null) return "gone";
  const env = context.caller.env;
  const whole = { ...record, worktree };
  await requireOwnPlace(whole, worktree);
  using claim = await claimWorktreeSoon(worktree.path);
  if (claim === null) return "busy";
  const { unmerged, home, state } = await inspectWorktree(context, whole);
  if (unmerged !== null && !force) return "unmerged";
  // The disk with the repository may only not be there now.
  const isUnknown = home === null && state.state === "kept" &&
    state.commit !== null;
  if (isUnknown && isAutomatic) return "unmerged";
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
  patienceMs: number,
): Promise<boolean> {
  const files = runFiles(context.workspace, id);
  // A supervisor that has written the end still tells it.
  using lock = await acquireLockSoon(files.lock, patienceMs);
  if (lock === null) return false;
  if (record.pane) {
    using layout = await acquireLockSoon(
      workspacePaths.layoutLock(context.workspace),
      OTHER_PANES_MS,
    );
    if (layout === null) return false;
    await closeFinishedPane(
      runServer(context, record),
      record.pane.pane_id,
      id,
    );
  }
  await putAway(context.workspace, files.folder);
  await forgetSeen(context.workspace, id);
  return true;
}

/** Forgets that runs were seen or told whose removal was cut off. */
async function forgetRemoved(workspace: Workspace): Promise<void> {
  const seen = (await seenByAnybody(workspace)).union(
    await toldIds(workspace),
  );
  const there = new Set<string>(await listRunIds(workspace));
  for (const id of seen) {
    if (!there.has(id)) await forgetSeen(workspace, parseRunId(id));
  }
}
