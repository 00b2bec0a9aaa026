import { walk } from "@std/fs";
import { exists, isFolder } from "../files/exists.ts";
import { environmentError } from "../system/errors.ts";
import { initWorkspace } from "../workspace/init.ts";
import { fingerprint } from "../files/digest.ts";
import { type Installation, tell } from "./installation.ts";
import { type Entry, noteEntries } from "./manifest.ts";

/** Makes the workspace of the home folder, unless there is one. Throws an `environment` error if the system refuses. */
export async function installWorkspace(
  installation: Installation,
): Promise<void> {
  const { dryRun, manifest, workspace } = installation;
  if (await isFolder(workspace)) return;
  if (await exists(workspace, Deno.stat)) {
    throw environmentError(
      `Cannot install the workspace "${workspace}": it is not a folder; move it away`,
    );
  }
  if (!dryRun) {
    await initWorkspace(workspace);
    const entries: Entry[] = [];
    for await (const { path, isDirectory } of walk(workspace)) {
      const sha256 = isDirectory ? null : await fingerprint(path);
      entries.push(
        sha256 === null
          ? { kind: "folder", path }
          : { kind: "file", path, sha256 },
      );
    }
    await noteEntries(manifest, entries);
  }
  tell(installation, "Made", "make", `the workspace ${workspace}.`);
}

/** Whether a workspace holds anything besides what the installation put into it. */
export async function isWorkspaceInUse(
  { manifest, workspace }: Installation,
): Promise<boolean> {
  if (!(await exists(workspace, Deno.stat))) return false;
  for await (const { path, isDirectory } of walk(workspace)) {
    if (path === workspace || path === manifest.path) continue;
    const ours = manifest.entries.find((entry) => entry.path === path);
    const isOurs = ours?.kind === "folder"
      ? isDirectory
      : ours?.kind === "file" && ours.sha256 === await fingerprint(path);
    if (!isOurs) return true;
  }
  return false;
}
