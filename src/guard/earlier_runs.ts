import { dirname, join } from "@std/path";
import { exists } from "../files/exists.ts";
import type { RunRecord } from "../run/record.ts";
import { listRunIds, readRecord } from "../run/store.ts";
import {
  notedWorkerFolders,
  noteWorkerFolders,
  type WorkerFolder,
} from "../system/worker_reach.ts";
import {
  folderOf as placeOf,
  homeWorkspace,
} from "../workspace/state_folder.ts";
import type { FleetContext } from "../workspace/context.ts";
import { instead } from "../system/ignore.ts";

/** The first Codex of which we know that it keeps `.git` read-only. */
const KEEPS_GIT = 169;

/**
 * Notes the folders in which an agentctl ran workers that did not note them
 * itself (0.1.0), so that nothing that they wrote there is obeyed: those of the home
 * folder's runs, whichever workspace the call is for. What a project's own folder
 * says about runs may be forged, so of such a workspace only the project counts.
 */
export async function noteEarlierRuns(
  { workspace, caller: { env } }: FleetContext,
): Promise<void> {
  const home = homeWorkspace(env);
  await noteRunsOf({ ...workspace, root: home, state: home }, env);
  if (workspace.state === workspace.root) return;
  const project = placeOf(workspace.root);
  const isNoted = (notedWorkerFolders(env) ?? [])
    .some(({ folder, kept }) => folder === project && kept.length === 0);
  if (isNoted || !await exists(join(workspace.root, "runs"))) return;
  await noteWorkerFolders(env, [{ folder: project, kept: [] }]);
}

async function noteRunsOf(
  workspace: FleetContext["workspace"],
  env: Record<string, string>,
): Promise<void> {
  // Says that this has been done.
  const mark = join(workspace.state, "earlier_runs_noted");
  if (await exists(mark)) return;
  const ids = await listRunIds(workspace);
  if (ids.length === 0) return;
  const folders = new Map<string, WorkerFolder>();
  for (const id of ids) {
    const record = await readRecord(workspace, id).catch(
      instead(null, "a run whose record cannot be read notes no folder"),
    );
    if (record === null || record.sandbox === "read-only") continue;
    // Its supervisor notes where it writes, and knows it better.
    if (record.protection !== null) continue;
    const entry = folderOf(record);
    folders.set(JSON.stringify(entry), entry);
  }
  await noteWorkerFolders(env, [...folders.values()]);
  await Deno.writeTextFile(mark, "", { mode: 0o600 });
}

/** Where the worker of an earlier run could write. */
export function folderOf(record: RunRecord): WorkerFolder {
  const { cwd, worktree, sandbox, codex_version } = record;
  if (worktree !== null) return { folder: dirname(worktree.path), kept: [] };
  const minor = Number(/\b0\.(\d+)\./.exec(codex_version)?.[1] ?? 0);
  const isKept = sandbox === "workspace-write" && minor >= KEEPS_GIT;
  return { folder: cwd, kept: isKept ? [join(cwd, ".git")] : [] };
}
