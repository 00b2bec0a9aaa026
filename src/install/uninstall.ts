import { environmentError } from "../system/errors.ts";
import { firstThree, plural } from "../text/wording.ts";
import { exists, isFolder } from "../files/exists.ts";
import { replaceFile } from "../files/replace_file.ts";
import { fingerprint } from "../files/digest.ts";
import { isWorkspaceInUse } from "./install_workspace.ts";
import { takeBackPlugin, tellOfForeignPlugin } from "./install_plugin.ts";
import { type Installation, say, tell } from "./installation.ts";
import { type FileEntry, removeManifest, type TextEntry } from "./manifest.ts";
import { liveRuns, statePlaces } from "./state_places.ts";

/**
 * Removes what was added, as far as it is unchanged, and names every place where
 * something of agentctl stays. Throws an `environment` error while runs are working,
 * because they need the program.
 */
export async function uninstall(installation: Installation): Promise<void> {
  const live = await liveRuns(installation);
  if (live.length > 0) {
    throw environmentError(
      `Cannot uninstall: ${plural(live.length, "run")} (${
        firstThree(live)
      }) still working; wait for them, or end them with "agentctl stop --all"`,
    );
  }
  await tellOfForeignPlugin(installation);
  await takeBack(installation);
  const places = await statePlaces(installation);
  if (places.length === 0) return;
  say("Left, because it is yours; remove what you no longer need:");
  for (const { path, what } of places) say(`  ${path}  (${what})`);
}

async function takeBack(installation: Installation): Promise<void> {
  const { dryRun, manifest, workspace } = installation;
  if (manifest.entries.length === 0) {
    say(`Nothing to remove: ${manifest.path} does not list anything.`);
    return;
  }
  const isInUse = await isWorkspaceInUse(installation);
  const entries = manifest.entries.toReversed().filter(({ path }) =>
    !isInUse || path !== workspace && !path.startsWith(`${workspace}/`)
  );
  for (const entry of entries) {
    if (entry.kind === "file") await takeBackFile(installation, entry);
    if (entry.kind === "text") await takeBackText(installation, entry);
    if (entry.kind === "plugin") await takeBackPlugin(installation, entry.path);
  }
  if (!dryRun) await removeManifest(manifest);
  for (const { kind, path } of entries) {
    if (kind === "folder") await takeBackFolder(installation, path);
  }
  if (isInUse) say(`Left ${workspace}: it holds your runs and settings.`);
}

async function takeBackFile(
  installation: Installation,
  { path, sha256 }: FileEntry,
): Promise<void> {
  const there = await fingerprint(path);
  if (there === null) return say(`${path} is already gone.`);
  if (there !== sha256) return say(`Left ${path}: it has been changed.`);
  if (!installation.dryRun) await Deno.remove(path);
  tell(installation, "Removed", "remove", `${path}.`);
}

async function takeBackText(
  installation: Installation,
  { path, text, created }: TextEntry,
): Promise<void> {
  if (!(await exists(path, Deno.stat))) return say(`${path} is already gone.`);
  const parts = (await Deno.readTextFile(path)).split(text);
  if (parts.length !== 2) {
    return say(`Left our lines in ${path}: they have been changed.`);
  }
  const rest = parts.join("");
  if (!installation.dryRun) {
    if (created && rest === "") await Deno.remove(path);
    else await replaceFile(path, rest);
  }
  tell(installation, "Removed", "remove", `our lines from ${path}.`);
}

async function takeBackFolder(
  installation: Installation,
  path: string,
): Promise<void> {
  const { dryRun } = installation;
  if (!(await isFolder(path))) return;
  if (!dryRun && (await Array.fromAsync(Deno.readDir(path))).length > 0) {
    return say(`Left the folder ${path}: there are other files in it.`);
  }
  if (!dryRun) await Deno.remove(path);
  const rest = `the folder ${path}${dryRun ? ", if it is then empty" : ""}.`;
  tell(installation, "Removed", "remove", rest);
}
