import { dirname, join } from "@std/path";
import { exists } from "../files/exists.ts";
import type { RunRecord } from "../run/record.ts";
import { listRunIds, readRecord } from "../run/store.ts";
import {
  holdWorkerFolders,
  noteWorkerFolders,
  type WorkerFolder,
} from "../system/worker_reach.ts";
import {
  folderOf as placeOf,
  homeWorkspace,
} from "../workspace/state_folder.ts";
import type { FleetContext } from "../workspace/context.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { ignore, instead } from "../system/ignore.ts";

/** The first Codex that we know keeps `.git` read-only. */
const KEEPS_GIT = 169;

/** How many records are read at the same time. */
const AT_ONCE = 32;

/**
 * Notes the folders in which an agentctl ran workers that did not note them
 * itself (0.1.0), so that nothing that they wrote there is obeyed: those of the home
 * folder's runs, whichever workspace the call is for. What a project's own folder
 * says about runs may be forged, so for such a workspace only the project's
 * folder is noted. A call that may only read, or cannot write, remembers them
 * until it ends.
 */
export async function noteEarlierRuns(
  { workspace, caller: { env } }: FleetContext,
  { mayWrite }: { mayWrite: boolean },
): Promise<void> {
  const root = homeWorkspace(env);
  const home = { ...workspace, root, state: root };
  const ofHome = await foldersOfRuns(home);
  const folders = [...ofHome ?? [], ...await projectOf(workspace)];
  if (!mayWrite) return holdWorkerFolders(folders);
  try {
    await noteWorkerFolders(env, folders);
    if (ofHome !== null) {
      await Deno.writeTextFile(markOf(home), "", { mode: 0o600 });
    }
  } catch (error) {
    ignore(error, "earlier runs are remembered until the command ends");
    holdWorkerFolders(folders);
  }
}

/** Records that the runs of a workspace have been noted. */
function markOf({ state }: Pick<Workspace, "state">): string {
  return join(state, "earlier_runs_noted");
}

/** `null` if there is nothing to note, any more or yet. */
async function foldersOfRuns(
  workspace: Workspace,
): Promise<WorkerFolder[] | null> {
  if (await exists(markOf(workspace))) return null;
  const ids = await listRunIds(workspace);
  if (ids.length === 0) return null;
  const folders = new Map<string, WorkerFolder>();
  for (let first = 0; first < ids.length; first += AT_ONCE) {
    const records = await Promise.all(
      ids.slice(first, first + AT_ONCE).map((id) =>
        readRecord(workspace, id)
          .catch(instead(null, "a damaged record tells no folder"))
      ),
    );
    for (const record of records) {
      if (record === null || record.sandbox === "read-only") continue;
      // Its supervisor notes where it writes, and knows better.
      if (record.protection !== null) continue;
      const entry = folderOf(record);
      folders.set(JSON.stringify(entry), entry);
    }
  }
  return [...folders.values()];
}

/** The project of a workspace in which an earlier agentctl kept runs. */
async function projectOf(workspace: Workspace): Promise<WorkerFolder[]> {
  const { root, state } = workspace;
  if (state === root || !await exists(join(root, "runs"))) return [];
  return [{ folder: placeOf(root), kept: [] }];
}

/** Where the worker of an earlier run could write. */
export function folderOf(record: RunRecord): WorkerFolder {
  const { cwd, worktree, sandbox, codex_version } = record;
  if (worktree !== null) return { folder: dirname(worktree.path), kept: [] };
  const minor = Number(/\b0\.(\d+)\./.exec(codex_version)?.[1] ?? 0);
  const isKept = sandbox === "workspace-write" && minor >= KEEPS_GIT;
  return { folder: cwd, kept: isKept ? [join(cwd, ".git")] : [] };
}
