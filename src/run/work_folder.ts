import { messageOf } from "../system/errors.ts";
import { isSameFolder, markFolder } from "./folder_mark.ts";
import { homeFolder } from "./home_folder.ts";
import type { RunFailure, RunRecord } from "./record.ts";

/** The folder of a run has become another one. */
export const FOLDER_CHANGED = "folder_changed";

/**
 * Why the folder that a run is about is not the one that it was made for: it
 * is gone, a link has come into its path, or another folder has come to its
 * place; `null` if it is the same. Of a record of an earlier version, whose
 * path was not resolved, only that it is gone can be told.
 */
export async function whyOtherFolder(
  record: Pick<RunRecord, "cwd" | "worktree" | "folder">,
): Promise<string | null> {
  const path = homeFolder(record);
  if (record.folder === null) return await whyUnusable(path);
  const elsewhere = await whyElsewhere(path);
  if (elsewhere !== null) return elsewhere;
  try {
    return isSameFolder(record.folder, await markFolder(path))
      ? null
      : `folder "${path}" was replaced by another one since the run was made`;
  } catch (error) {
    return whyMissing(path, error);
  }
}

/** Why a path that was resolved is not the path of a folder any more; `null` if it is. */
export async function whyElsewhere(path: string): Promise<string | null> {
  const unusable = await whyUnusable(path);
  if (unusable !== null) return unusable;
  try {
    const real = await Deno.realPath(path);
    return real === path ? null : `"${path}" leads to "${real}" by a link now`;
  } catch (error) {
    return whyMissing(path, error);
  }
}

/** The failure of a run for which {@linkcode whyOtherFolder} has found something. */
export function folderFailure(why: string): RunFailure {
  return {
    class: FOLDER_CHANGED,
    message: `The run has lost its folder: ${why}`,
    remedy:
      'Look at what became of the folder and who changed it, then start the run again there with "agentctl rerun RUN --project FOLDER"',
  };
}

async function whyUnusable(path: string): Promise<string | null> {
  try {
    const info = await Deno.stat(path);
    return info.isDirectory ? null : `"${path}" is not a folder any more`;
  } catch (error) {
    return whyMissing(path, error);
  }
}

function whyMissing(path: string, error: unknown): string {
  return error instanceof Deno.errors.NotFound
    ? `folder "${path}" does not exist any more`
    : `folder "${path}" cannot be read: ${messageOf(error)}`;
}
