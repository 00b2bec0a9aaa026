import { type RunId } from "../../src/run/id.ts";
import { runFiles } from "../../src/run/store.ts";
import type { Workspace } from "../../src/workspace/workspace.ts";

/** Makes the folder of a run, with nothing in it. */
export async function makeRunFolder(
  workspace: Workspace,
  id: RunId,
): Promise<void> {
  const { folder } = runFiles(workspace, id);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
}
