import { join } from "@std/path";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import type { RunId } from "./id.ts";

/**
 * Notes that the result of a run has reached somebody. A file of its own for
 * each run: the final record is never written again, and acknowledgements at
 * once cannot undo one another.
 */
export async function markSeen(workspace: Workspace, id: RunId): Promise<void> {
  const folder = workspacePaths.seen(workspace);
  // Nothing that is there already is written to, nor followed if it is a link.
  const write = () =>
    Deno.writeTextFile(join(folder, id), "", { createNew: true, mode: 0o600 });
  try {
    await write().catch(async (error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      await write();
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** The runs whose results have reached somebody. */
export async function seenIds(workspace: Workspace): Promise<Set<string>> {
  const ids = new Set<string>();
  try {
    for await (const entry of Deno.readDir(workspacePaths.seen(workspace))) {
      ids.add(entry.name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return ids;
}

/** Forgets that a run was seen; for a run that is removed. */
export async function forgetSeen(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  await Deno.remove(join(workspacePaths.seen(workspace), id)).catch(() => {});
}
