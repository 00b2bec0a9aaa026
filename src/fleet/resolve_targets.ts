import { closestString } from "@std/text";
import type { RunId } from "../run/id.ts";
import { hasRecord, nextAttemptId } from "../run/chain.ts";
import { isEnded, type RunRecord } from "../run/record.ts";
import { type Reader, readerOf } from "../owners/reader.ts";
import { resolveRun } from "../owners/resolve_run.ts";
import { LAST } from "../run/store.ts";
import { notFoundError } from "../system/errors.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { readProjects } from "../workspace/projects.ts";
import type { FleetContext } from "../workspace/context.ts";
import { activeIds, waitingIds } from "../queue/queue_files.ts";
import { observeRun } from "../lifecycle/reconcile.ts";
import { ignore } from "../system/ignore.ts";

export interface TargetOptions {
  /** Whether to add all runs that have not ended. */
  all: boolean;
  /** Whether to mean everybody's runs, and not only those of the session that calls. */
  everyone?: boolean;
  /** Called for runs whose records cannot be read, if all are looked at. */
  onDamaged?: (id: RunId, error: unknown) => void;
}

/**
 * The runs that the user named: by id or an unambiguous beginning of one,
 * `@last` for the newest, `@project` for those of a project that have not
 * ended. What is not an id means only runs of the session that calls. Each appears
 * once, in the order given; runs of a project or of the workspace come oldest
 * first. Throws `not_found` for what does not exist, and a
 * `usage` error for what cannot be an id.
 */
export async function resolveTargets(
  context: FleetContext,
  words: readonly string[],
  options: TargetOptions,
): Promise<RunId[]> {
  const { everyone, onDamaged } = options;
  const reader = await readerOf(context, { everyone });
  let live: Promise<RunRecord[]> | undefined;
  const liveRuns = () => live ??= readLiveRuns(context, reader, onDamaged);
  const ids = new Set<RunId>();
  for (const word of words) {
    if (!word.startsWith("@") || word === LAST) {
      ids.add(await resolveRun(context, word, reader));
      continue;
    }
    const project = word.slice(1);
    const runs = (await liveRuns()).filter((run) => run.project === project);
    if (runs.length === 0) await requireProject(context, project);
    for (const { run_id } of runs) ids.add(run_id as RunId);
  }
  if (options.all) {
    for (const { run_id } of await liveRuns()) ids.add(run_id as RunId);
  }
  return [...ids];
}

/**
 * The runs that the reader means and that have not ended, oldest first: those that
 * wait or have a slot. One counts until its next attempt is there.
 */
export async function readLiveRuns(
  context: FleetContext,
  reader: Reader,
  onDamaged?: TargetOptions["onDamaged"],
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
        if (onDamaged) onDamaged(id, error);
        else ignore(error, "a damaged run is passed over");
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
  record: RunRecord,
): Promise<boolean> {
  const next = nextAttemptId(record);
  return next !== null && !await hasRecord(workspace, next);
}

/** A project without runs is not an error; an unknown name is. */
async function requireProject(
  { workspace }: FleetContext,
  name: string,
): Promise<void> {
  const names = (await readProjects(workspace)).map((project) => project.name);
  if (names.includes(name)) return;
  const near = closestString(name, ["last", ...names]);
  throw notFoundError(
    `Cannot find "@${name}": no project of this name is registered or has a run; did you mean "@${near}"`,
  );
}
