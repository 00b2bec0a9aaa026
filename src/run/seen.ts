import { join } from "@std/path";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import type { RunId } from "./id.ts";
import { makeMark, markedIds } from "./marks.ts";
import { type EndedRecord, isEnded, type RunRecord } from "./record.ts";
import { removeQuietly } from "../files/remove_quietly.ts";

/**
 * Notes that the result of a run has reached whoever asked for it. Each run has a file of its
 * own, because the final record is never written again, and so that simultaneous
 * acknowledgements cannot undo one another.
 */
export async function markSeen(workspace: Workspace, id: RunId): Promise<void> {
  await makeMark(workspacePaths.seen(workspace), id);
}

/** Notes that the user has read the result of a run that a session of Claude Code asked for, and still has to read. */
export async function markSeenByUser(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  await makeMark(workspacePaths.seenByUser(workspace), id);
}

/** Notes that a session of Claude Code has read the result of a run that the user asked for, and still has to read. */
export async function markSeenBySession(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  await makeMark(workspacePaths.seenBySessions(workspace), id);
}

/** Whether the result of a run is waiting to be read; an attempt that is followed by another has no result yet. */
export function isUnread(
  record: RunRecord,
  seen: ReadonlySet<string>,
): record is EndedRecord {
  return isEnded(record) && record.next_run_id === null &&
    !seen.has(record.run_id);
}

/** The runs whose results have reached those who asked for them. */
export async function seenIds(workspace: Workspace): Promise<Set<string>> {
  return new Set(await markedIds(workspacePaths.seen(workspace)));
}

/** The runs whose results have reached those who asked for them, or the user. */
export async function seenByOwnerOrUser(
  workspace: Workspace,
): Promise<Set<string>> {
  const byUser = await markedIds(workspacePaths.seenByUser(workspace));
  return (await seenIds(workspace)).union(new Set<string>(byUser));
}

/** The runs whose results sessions of Claude Code need not be told: those of their own that they have read, and those of the user that one of them, or the user, has. */
export async function seenBySessions(
  workspace: Workspace,
): Promise<Set<string>> {
  const others = await markedIds(workspacePaths.seenBySessions(workspace));
  return (await seenIds(workspace)).union(new Set<string>(others));
}

/** The runs whose results have reached anybody. */
export async function seenByAnybody(
  workspace: Workspace,
): Promise<Set<string>> {
  return (await seenByOwnerOrUser(workspace))
    .union(await seenBySessions(workspace));
}

/**
 * Notes that a wait has printed the result of a run to the end, although the
 * reader may not have read it yet.
 */
export async function markDelivered(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  await makeMark(workspacePaths.delivered(workspace), id);
}

/** The runs whose results a wait has printed without acknowledging them. */
export async function deliveredIds(
  workspace: Workspace,
): Promise<Set<string>> {
  return new Set(await markedIds(workspacePaths.delivered(workspace)));
}

/**
 * Notes that a session of Claude Code is being told of the end of its run, by a
 * line or notice of its own accord. Returns `false` if it has been, or is just
 * being told by somebody else.
 */
export async function claimTelling(
  workspace: Workspace,
  id: RunId,
): Promise<boolean> {
  return await makeMark(workspacePaths.told(workspace), id);
}

/** Takes that back, because the words reached nobody. */
export async function disclaimTelling(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  await removeQuietly(join(workspacePaths.told(workspace), id));
}

/** The runs of whose end their sessions have been told. */
export async function toldIds(workspace: Workspace): Promise<Set<string>> {
  return new Set(await markedIds(workspacePaths.told(workspace)));
}

/** Forgets that a run was seen, delivered or told; for runs that are removed. */
export async function forgetSeen(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  const { seen, seenByUser, seenBySessions, delivered, told } = workspacePaths;
  for (const folder of [seen, seenByUser, seenBySessions, delivered, told]) {
    await removeQuietly(join(folder(workspace), id));
  }
}
