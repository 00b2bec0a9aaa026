import { isRunElsewhere } from "../run/run_host.ts";
import { join, relative, resolve } from "@std/path";
import { exists } from "../files/exists.ts";
import { listRunIds, readRecord, runFiles } from "../run/store.ts";
import { isEnded } from "../run/record.ts";
import { worktreeState } from "../run/worktree_outcome.ts";
import { usageError } from "../system/errors.ts";
import { realPathSoFar } from "../system/real_path.ts";
import { isLocked } from "../files/lock.ts";
import { type NotedState, notedStates } from "../workspace/orphan_states.ts";
import { relocateProjects } from "../workspace/projects.ts";
import { folderOf } from "../workspace/state_folder.ts";
import { renoteWorkspace } from "../workspace/state_note.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import type { FleetContext } from "../workspace/context.ts";
import { stopQueued } from "../lifecycle/pump.ts";
import { activeIds, waitingIds } from "../queue/queue_files.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { instead } from "../system/ignore.ts";

/** What a workspace has taken over. */
export interface Adoption {
  /** The workspace that the state belonged to. */
  from: string;
  runs: number;
  /** How many of them left unmerged work on branches. */
  unmerged: number;
}

/** A run that has just ended holds its lock for a moment. */
const SETTLING_MS = 2_000;

/**
 * Takes over the state of a project that has moved here: `old` names its
 * earlier folder or workspace, or the state itself. Runs that waited in its
 * queue are stopped. Throws a `usage` error, and changes nothing, if there is
 * no such state, if its folder still exists, if one of its runs is still
 * running, or if this workspace has runs or projects of its own.
 */
export async function adoptState(
  context: FleetContext,
  old: string,
): Promise<Adoption> {
  const { workspace, caller } = context;
  const refuse = (why: string) => usageError(`Cannot adopt "${old}": ${why}`);
  if (workspace.state === workspace.root) {
    throw refuse("the workspace of the home folder keeps its own state");
  }
  const found = await findState(resolve(caller.cwd, old), caller.env);
  if (found === undefined) {
    throw refuse(
      'agentctl has no state for this folder; "agentctl list" names the states whose folders are gone',
    );
  }
  if (found.state === workspace.state) {
    throw refuse("it is the state of this workspace");
  }
  if (await exists(found.workspace)) {
    throw refuse(
      `"${found.workspace}" is still there; move it away, or use it with --workspace`,
    );
  }
  const before = { ...workspace, state: found.state };
  for (const id of await activeIds(before)) {
    if (
      await isLocked(runFiles(before, id).lock, SETTLING_MS) ||
      await isRunElsewhere(before, id)
    ) {
      throw refuse(
        `run "${id}" is still running; wait until it has ended, or close its pane`,
      );
    }
  }
  if (await isInUse(workspace)) {
    throw refuse(
      `"${workspace.root}" has runs or projects of its own, in "${workspace.state}"`,
    );
  }
  await removeQuietly(workspace.state, { recursive: true });
  await Deno.rename(found.state, workspace.state);
  await renoteWorkspace(workspace.state, workspace.root);
  await relocateProjects(workspace, (path) => {
    const inside = relative(folderOf(found.workspace), path);
    return inside.startsWith("..")
      ? path
      : join(folderOf(workspace.root), inside);
  });
  for (const id of await waitingIds(workspace)) {
    await stopQueued(context, id, "The project has moved").catch(
      instead(null, "the run stays in the queue"),
    );
  }
  return { from: found.workspace, ...await countRuns(workspace) };
}

async function findState(
  path: string,
  env: Record<string, string>,
): Promise<NotedState | undefined> {
  const real = await realPathSoFar(path);
  const names = [path, real].flatMap((name) => [name, join(name, ".ai-orch")]);
  return (await notedStates(env)).find(({ state, workspace }) =>
    names.includes(workspace) || names.includes(state)
  );
}

async function isInUse(workspace: Workspace): Promise<boolean> {
  return (await listRunIds(workspace)).length > 0 ||
    await exists(workspacePaths.projects(workspace));
}

async function countRuns(
  workspace: Workspace,
): Promise<Pick<Adoption, "runs" | "unmerged">> {
  const ids = await listRunIds(workspace);
  let unmerged = 0;
  for (const id of ids) {
    const record = await readRecord(workspace, id).catch(
      instead(null, "a run whose record cannot be read is not counted"),
    );
    if (record === null || !isEnded(record)) continue;
    const state = await worktreeState(workspace, record);
    if (state?.state === "kept" && state.commit !== null) unmerged++;
  }
  return { runs: ids.length, unmerged };
}
