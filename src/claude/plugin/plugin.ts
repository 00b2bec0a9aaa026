import { dirname, join } from "@std/path";
import { MAX_BYTES } from "../../files/bounded_read.ts";
import { environmentError, messageOf } from "../../system/errors.ts";
import { writeFileAtomic } from "../../files/atomic_file.ts";
import { fingerprint, sha256Hex } from "../../files/digest.ts";
import { selfCommand } from "../../system/self_command.ts";
import type { Program } from "../hooks/hooks.ts";
import { MCP_FILE, pluginFiles } from "./plugin_files.ts";
import {
  type PluginManifest,
  readPluginManifest,
  writePluginManifest,
} from "./plugin_manifest.ts";
import { infoAt } from "../../files/exists.ts";
import { ignoreUnlessAbsent } from "../../system/ignore.ts";

/** The state of a file: `changed` since it was installed, or `foreign`, which agentctl never wrote. */
export type FileState =
  | "installed"
  | "outdated"
  | "changed"
  | "missing"
  | "foreign";

/** The state of the whole plugin: the worst of its files; `missing` if agentctl is not installed there. */
export type PluginState = "installed" | "outdated" | "changed" | "missing";

/** What is known about the plugin. */
export interface PluginStatus {
  state: PluginState;
  folder: string;
  /** Whether the MCP server is registered. */
  mcp: boolean;
  files: { path: string; state: FileState }[];
}

/** What a call did, as full paths. */
export interface PluginChange {
  /** Written or removed. */
  changed: string[];
  /** Left alone, because the user has changed them. */
  left: string[];
}

/** The list of what was installed, in the plugin's own folder, which is removed as a whole. */
const MANIFEST_FILE = ".agentctl-installed.json";

/** The folder of the plugin: Claude Code loads what is in its `skills` in every session. Throws an `environment` error without HOME. */
export function pluginFolder(env: Record<string, string>): string {
  const claudeHome = env["CLAUDE_CONFIG_DIR"];
  if (claudeHome) return join(claudeHome, "skills", "agentctl");
  const home = env["HOME"];
  if (!home) {
    throw environmentError(
      "Cannot find the folder of Claude Code: HOME is not set; set it, or CLAUDE_CONFIG_DIR",
    );
  }
  return join(home, ".claude", "skills", "agentctl");
}

/** Inspects the plugin and changes nothing. A plugin whose hooks call another `program` is outdated. */
export async function pluginStatus(
  env: Record<string, string>,
  program: Program = selfCommand().argv,
): Promise<PluginStatus> {
  const folder = pluginFolder(env);
  const manifest = await readPluginManifest(join(folder, MANIFEST_FILE));
  const mcp = manifest !== null && MCP_FILE in manifest.files;
  const files: PluginStatus["files"] = [];
  for (const { path, text } of pluginFiles({ mcp, program })) {
    const state = await fileState(
      join(folder, path),
      text,
      manifest?.files[path],
    );
    files.push({ path, state });
  }
  // Files that an older version installed and this one does not know.
  const isLeftover = Object.keys(manifest?.files ?? {}).some((path) =>
    !files.some((file) => file.path === path)
  );
  const has = (...states: FileState[]) =>
    files.some(({ state }) => states.includes(state));
  const state = manifest === null
    ? "missing"
    : has("changed", "foreign")
    ? "changed"
    : has("outdated", "missing") || isLeftover
    ? "outdated"
    : "installed";
  return { state, folder, mcp, files };
}

/**
 * Installs or updates the plugin. Files that are already right are not written;
 * those that the user has changed stay. A registered MCP server stays
 * registered. Throws an `environment` error, before writing anything, if it
 * finds a file that is not ours.
 */
export async function installPlugin(
  env: Record<string, string>,
  options: { mcp: boolean; program?: Program },
): Promise<PluginChange> {
  const folder = pluginFolder(env);
  const manifestPath = join(folder, MANIFEST_FILE);
  const before = await readPluginManifest(manifestPath);
  const { program = selfCommand().argv } = options;
  const mcp = options.mcp || before !== null && MCP_FILE in before.files;
  const files = await Promise.all(
    pluginFiles({ mcp, program }).map(async ({ path, text }) => ({
      path,
      text,
      sha256: await sha256Hex(text),
      state: await fileState(join(folder, path), text, before?.files[path]),
    })),
  );
  const foreign = files.find(({ path, state }) =>
    state === "foreign" && before?.files[path] === undefined
  );
  if (foreign) {
    throw environmentError(
      `Cannot install the plugin: "${
        join(folder, foreign.path)
      }" does not belong to agentctl; move it away first`,
    );
  }
  const manifest: PluginManifest = before ??
    { schema: 1, files: {}, folders: [] };
  const result: PluginChange = { changed: [], left: [] };
  const folders = await missingFolders(
    files.map(({ path }) => dirname(join(folder, path))),
  );
  manifest.folders = [...new Set([...manifest.folders, ...folders])];
  try {
    for (const path of folders) await Deno.mkdir(path, { mode: 0o700 });
  } catch (error) {
    throw environmentError(
      `Cannot make the folders of "${folder}": ${messageOf(error)}`,
      error,
    );
  }
  // New files are noted first, so that none ever exists without a note.
  for (const { path, sha256 } of files) manifest.files[path] ??= sha256;
  if (folders.length > 0 || files.some(({ state }) => state === "missing")) {
    await writePluginManifest(manifestPath, manifest);
  }
  for (const { path, text, sha256, state } of files) {
    const target = join(folder, path);
    if (state === "changed" || state === "foreign") result.left.push(target);
    if (state !== "missing" && state !== "outdated") continue;
    await writeFileAtomic(target, text);
    manifest.files[path] = sha256;
    result.changed.push(target);
  }
  const known = files.map(({ path }) => path);
  await removeLeftovers(folder, manifest, known, result);
  if (result.changed.length > 0) {
    await writePluginManifest(manifestPath, manifest);
  }
  return result;
}

/** Removes exactly what was installed, except files that have been changed. */
export async function uninstallPlugin(
  env: Record<string, string>,
): Promise<PluginChange> {
  const folder = pluginFolder(env);
  const manifestPath = join(folder, MANIFEST_FILE);
  const manifest = await readPluginManifest(manifestPath);
  const result: PluginChange = { changed: [], left: [] };
  if (manifest === null) return result;
  await removeLeftovers(folder, manifest, [], result);
  await Deno.remove(manifestPath);
  result.changed.push(manifestPath);
  for (const path of manifest.folders.toReversed()) {
    try {
      await Deno.remove(path);
    } catch (error) {
      ignoreUnlessAbsent(
        error,
        "the folder stays: it holds something of the user's",
      );
    }
  }
  return result;
}

/** Removes the installed files that are not among `known`. */
async function removeLeftovers(
  folder: string,
  manifest: PluginManifest,
  known: readonly string[],
  result: PluginChange,
): Promise<void> {
  for (const [path, sha256] of Object.entries(manifest.files)) {
    if (known.includes(path)) continue;
    const target = join(folder, path);
    const there = await fingerprint(target);
    if (there === sha256) {
      await Deno.remove(target);
      result.changed.push(target);
    } else if (there !== null) {
      result.left.push(target);
    }
    delete manifest.files[path];
  }
}

async function fileState(
  path: string,
  text: string,
  noted: string | undefined,
): Promise<FileState> {
  const there = await fingerprint(path, MAX_BYTES.settings);
  if (there === null) return "missing";
  if (noted === undefined) return "foreign";
  if (there === await sha256Hex(text)) return "installed";
  return there === noted ? "outdated" : "changed";
}

/** The missing folders above these paths, from the top down. */
async function missingFolders(paths: readonly string[]): Promise<string[]> {
  const missing = new Set<string>();
  for (const path of paths) {
    for (let folder = path; !missing.has(folder); folder = dirname(folder)) {
      const info = await infoAt(folder);
      if (info !== null) break;
      missing.add(folder);
    }
  }
  return [...missing].sort((a, b) => a.length - b.length);
}
