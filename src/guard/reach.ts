import { dirname } from "@std/path";
import type { SandboxMode } from "../codex/sandbox_modes.ts";
import { isWithin, realPathSoFar } from "../system/real_path.ts";
import { infoAt } from "../files/exists.ts";

/** What a worker's sandbox lets it write. */
export interface SandboxReach {
  mode: SandboxMode;
  /** The folder of the run. */
  folder: string;
  /** Further folders that the user's profile grants. */
  writableRoots: readonly string[];
  /** `/tmp` and the folder of `TMPDIR`, unless the profile makes them read-only. */
  temporary: readonly string[];
}

/** A place within a sandbox's reach, and the writable folder through which it is. */
export interface ReachedPlace {
  place: string;
  by: string;
}

/**
 * Which places a worker could write, or replace: those inside a folder that it
 * may write and those that contain such a folder, whatever links lead there and
 * whatever the case of their names. Places need not exist yet. Without a
 * sandbox everything is within reach, and nobody needs to ask; if the worker
 * may write nothing, nothing is.
 *
 * `except` names agentctl's own folders in such a place that only hold work,
 * such as those for worktrees: a run may be there.
 */
export async function placesInReach(
  { mode, folder, writableRoots, temporary }: SandboxReach,
  places: readonly string[],
  except: readonly string[] = [],
): Promise<ReachedPlace[]> {
  if (mode !== "workspace-write") return [];
  const folders = await Promise.all(
    [folder, ...writableRoots, ...temporary].map(chainOf),
  );
  const excepted = await Promise.all(except.map(chainOf));
  const reached: ReachedPlace[] = [];
  for (const place of places) {
    const chain = await chainOf(place);
    const by = folders.find((folder) =>
      isBelow(chain, folder) ||
      isBelow(folder, chain) &&
        !excepted.some((allowed) => isBelow(folder, allowed, true))
    );
    if (by) reached.push({ place, by: by.path });
  }
  return reached;
}

/** A path without links, and how the file system identifies it and the folders above it. */
interface Chain {
  path: string;
  /** From the path itself up to the root; `null` for what does not exist. */
  ids: (string | null)[];
}

async function chainOf(path: string): Promise<Chain> {
  const real = await realPathSoFar(path);
  const ids: (string | null)[] = [];
  for (let at = real;; at = dirname(at)) {
    const info = await infoAt(at);
    ids.push(info === null ? null : `${info.dev}:${info.ino}`);
    if (at === dirname(at)) return { path: real, ids };
  }
}

/** Whether a path is a folder or inside it, by name or as the same folder under another name. */
function isBelow(path: Chain, folder: Chain, strictly = false): boolean {
  if (path.path === folder.path) return !strictly;
  if (isWithin(path.path, folder.path)) return true;
  const [id] = folder.ids;
  return id != null && path.ids.slice(strictly ? 1 : 0).includes(id);
}
