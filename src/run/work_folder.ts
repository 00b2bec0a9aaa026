import { messageOf } from "../system/errors.ts";
import { isSameFolder, markFolder } from "./folder_mark.ts";
import { homeFolder } from "./home_folder.ts";
import type { RunFailure, RunRecord } from "./record.ts";

/** The folder of a run has been replaced. */
export const FOLDER_CHANGED = "folder_changed";

/**
 * Why the folder that a run is about is not the one that it was made for: it is
 * gone, its path now contains a link, or another folder has taken its place;
 * `null` if it is the same. For a record written by an earlier version, whose
 * path was not resolved, only the first can be detected.
 */
export async function whyOtherFolder(
  record: Pick<RunRecord, "cwd" | "worktree" | "folder">,
): Promise<string | null> {
  const path = homeFolder(record);
  if (record.folder === null) return await whyUnusable(path);
  const elsewhere = await whyElsewhere(path);
  if (elsewhere !== null) return elsewhere;
  const before = record.folder;
  return await markFolder(path).then(
    (mark) =>
      isSameFolder(before, mark)
        ? null
        : `folder "${path}" has been replaced since the run was made`,
    (error) => whyMissing(path, error),
  );
}

/** Why a resolved path is no longer the path of a folder; `null` if it still is. */
export async function whyElsewhere(path: string): Promise<string | null> {
  const unusable = await whyUnusable(path);
  if (unusable !== null) return unusable;
  return await Deno.realPath(path).then(
    (real) =>
      real === path ? null : `"${path}" now leads to "${real}" through a link`,
    (error) => whyMissing(path, error),
  );
}

/** The failure of a run for which {@linkcode whyOtherFolder} has found something. */
export function folderFailure(why: string): RunFailure {
  return {
    class: FOLDER_CHANGED,
    message: `The run has lost its folder: ${why}`,
    remedy:
      'Find out what happened to the folder and who changed it, then start the run again there with "agentctl rerun RUN --project FOLDER"',
  };
}

async function whyUnusable(path: string): Promise<string | null> {
  return await Deno.stat(path).then(
    (info) => info.isDirectory ? null : `"${path}" is no longer a folder`,
    (error) => whyMissing(path, error),
  );
}

function whyMissing(path: string, error: unknown): string {
  return error instanceof Deno.errors.NotFound
    ? `folder "${path}" no longer exists`
    : `folder "${path}" cannot be read: ${messageOf(error)}`;
}
