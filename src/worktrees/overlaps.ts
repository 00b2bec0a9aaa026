import { join } from "@std/path";
import { parseRunId, type RunId } from "../run/id.ts";
import { markedIds } from "../run/marks.ts";
import { type EndedRecord, isEnded, type RunOverlap } from "../run/record.ts";
import { overlapsOf } from "../run/overlap_files.ts";
import { isRunElsewhere } from "../run/run_host.ts";
import { readRecord, runFiles } from "../run/store.ts";
import { sha256Hex } from "../files/digest.ts";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { isLocked } from "../files/lock.ts";
import { writeNewFile } from "../files/make_new.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { ignored, instead } from "../system/ignore.ts";

/**
 * Notes that a run is working in a repository, and, for both sides, who else
 * is. If two begin at once, at least one sees the other, because each notes
 * itself first. Only the runs that are working now are read, however many are
 * stored.
 */
export async function joinRepository(
  workspace: Workspace,
  id: RunId,
  repository: string,
): Promise<void> {
  const folder = await presenceFolder(workspace, repository);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  await writeNewFile(join(folder, id), "");
  for (const other of await markedIds(folder)) {
    if (other === id) continue;
    if (
      !await isLocked(runFiles(workspace, other).lock).catch(
        instead(false, "a run whose lock cannot be read counts as ended"),
      ) && !await isRunElsewhere(workspace, other)
    ) {
      // Its supervisor died before it could leave.
      await removeQuietly(join(folder, other));
      continue;
    }
    for (const [mine, theirs] of [[id, other], [other, id]] as const) {
      const { peers } = runFiles(workspace, mine);
      await Deno.mkdir(peers, { mode: 0o700 }).catch(
        ignored("the folder is probably there"),
      );
      await writeNewFile(join(peers, theirs), "").catch(
        ignored("overlaps of the two may not be told"),
      );
    }
  }
}

/** The ended runs that worked at the same time as a run that is ending, and changed the same files. */
export async function findOverlaps(
  workspace: Workspace,
  end: EndedRecord,
): Promise<RunOverlap[]> {
  const id = parseRunId(end.run_id);
  const overlaps: RunOverlap[] = [];
  for (const peer of (await markedIds(runFiles(workspace, id).peers)).sort()) {
    const other = await readRecord(workspace, peer).catch(
      instead(null, "a run whose record cannot be read shares no files"),
    );
    const files = other && isEnded(other) ? sharedFiles(end, other) : [];
    if (files.length > 0) overlaps.push({ run_id: peer, files });
  }
  return overlaps;
}

/**
 * Looks again once the final record is written: others may have ended in the
 * meantime, and their records, which are final too, do not mention this run.
 * New overlaps are noted beside the records, for both sides; if two end at once,
 * the second one finds the first.
 */
export async function completeOverlaps(
  workspace: Workspace,
  final: EndedRecord,
): Promise<void> {
  const id = parseRunId(final.run_id);
  for (const { run_id, files } of await findOverlaps(workspace, final)) {
    const peer = parseRunId(run_id);
    await note(workspace, id, { run_id: peer, files });
    await note(workspace, peer, { run_id: id, files });
  }
  await removeQuietly(runFiles(workspace, id).peers, { recursive: true });
  if (final.repository === null) return;
  const folder = await presenceFolder(workspace, final.repository);
  await removeQuietly(join(folder, id));
}

async function note(
  workspace: Workspace,
  id: RunId,
  overlap: RunOverlap,
): Promise<void> {
  const record = await readRecord(workspace, id).catch(
    instead(null, "a run whose record cannot be read gets no note"),
  );
  if (record === null) return;
  const known = await overlapsOf(workspace, record);
  if (known.some(({ run_id }) => run_id === overlap.run_id)) return;
  const { overlaps } = runFiles(workspace, id);
  await Deno.mkdir(overlaps, { mode: 0o700 }).catch(
    ignored("the folder is probably there"),
  );
  await writeJsonAtomic(join(overlaps, `${overlap.run_id}.json`), overlap);
}

/** The files that both changed themselves, as far as that is known, if they worked in one repository at the same time. */
export function sharedFiles(one: EndedRecord, other: EndedRecord): string[] {
  if (one.repository === null || one.repository !== other.repository) return [];
  const begins = (record: EndedRecord) =>
    Date.parse(record.started_at ?? record.ended_at);
  if (
    begins(one) > Date.parse(other.ended_at) ||
    begins(other) > Date.parse(one.ended_at)
  ) return [];
  const touched = ({ own_files, files_changed }: EndedRecord) =>
    new Set(own_files ?? files_changed);
  const others = touched(other);
  return [...touched(one)].filter((file) => others.has(file));
}

async function presenceFolder(
  workspace: Workspace,
  repository: string,
): Promise<string> {
  const name = (await sha256Hex(repository)).slice(0, 16);
  return join(workspacePaths.repositories(workspace), name);
}
