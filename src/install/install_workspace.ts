import { walk } from "@std/fs";
import { basename } from "@std/path";
import { exists, linkInfoAt } from "../files/exists.ts";
import { environmentError } from "../system/errors.ts";
import { initWorkspace, missingFiles } from "../workspace/init.ts";
import { fingerprint } from "../files/digest.ts";
import { type Installation, tell } from "./installation.ts";
import { type Entry, noteEntries } from "./manifest.ts";

/**
 * Makes the workspace of the home folder, or what one that is there lacks. Throws an
 * `environment` error if that is refused.
 */
export async function installWorkspace(
  installation: Installation,
): Promise<void> {
  const { dryRun, manifest, workspace } = installation;
  const info = await linkInfoAt(workspace);
  if (info !== null && !info.isDirectory) {
    // No command uses a link, because somebody else may decide where it leads.
    const what = info.isSymlink ? "a link" : "not a folder";
    throw environmentError(
      `Cannot install the workspace "${workspace}": it is ${what}; move it away`,
    );
  }
  const missing = await missingFiles(workspace);
  if (missing.length === 0) return;
  if (!dryRun) {
    const entries: Entry[] = info === null
      ? [{ kind: "folder", path: workspace }]
      : [];
    await initWorkspace(workspace);
    for (const path of missing) {
      const sha256 = await fingerprint(path);
      if (sha256 !== null) entries.push({ kind: "file", path, sha256 });
    }
    await noteEntries(manifest, entries);
  }
  if (info === null) {
    tell(installation, "Made", "make", `the workspace ${workspace}.`);
    return;
  }
  const names = missing.map((path) => basename(path)).join(" and ");
  tell(
    installation,
    "Completed",
    "complete",
    `the workspace ${workspace}: ${names} was missing.`,
  );
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
