import { basename, dirname, join, resolve } from "@std/path";
import {
  environmentError,
  messageOf,
  notFoundError,
} from "../system/errors.ts";
import { type Config, loadConfig } from "./config.ts";
import { homeWorkspace, stateFolder, WORKSPACE_NAME } from "./state_folder.ts";
import { noteWorkspace } from "./state_note.ts";

/** A workspace: its settings, and where its runs live. */
export interface Workspace {
  /** The absolute path of the `.ai-orch` folder: what people write is there. */
  root: string;
  /** The absolute path of the folder of what agentctl writes: runs, queue, projects, locks. */
  state: string;
  config: Config;
}

/** Where and with what a command was called. */
export interface Caller {
  cwd: string;
  env: Record<string, string>;
}

/** Names inside a workspace. */
export const workspacePaths = {
  runs: (workspace: Workspace) => join(workspace.state, "runs"),
  projects: ({ state }: Pick<Workspace, "state">) =>
    join(state, "projects.json"),
  prompts: (root: string) => join(root, "prompts"),
  notifyLog: (workspace: Workspace) => join(workspace.state, "notify.log"),
  cache: (workspace: Workspace) => join(workspace.state, "cache"),
  seen: (workspace: Workspace) => join(workspace.state, "seen"),
  delivered: (workspace: Workspace) => join(workspace.state, "delivered"),
  repositories: (workspace: Workspace) => join(workspace.state, "repositories"),
  trash: (workspace: Workspace) => join(workspace.state, "trash"),
  wake: (workspace: Workspace) => join(workspace.state, "wake"),
  layoutLock: (workspace: Workspace) => join(workspace.state, "layout.lock"),
  /** A file for each run that waits to be started. */
  queue: (workspace: Workspace) => join(workspace.state, "queue"),
  /** A file for each run that has a slot: one that works, or is about to. */
  active: (workspace: Workspace) => join(workspace.state, "active"),
  queueLock: (workspace: Workspace) => join(workspace.state, "queue.lock"),
  driverLock: (workspace: Workspace) => join(workspace.state, "driver.lock"),
  pauses: (workspace: Workspace) => join(workspace.state, "pauses.json"),
};

/**
 * Finds the workspace of a call: `--workspace`, else `AI_ORCH_HOME`, else the
 * nearest `.ai-orch/` at or above the current folder, else `~/.ai-orch`. The
 * last two of these need not exist yet: `missing` tells.
 */
export async function locateWorkspace(
  caller: Caller,
  option: string | undefined,
): Promise<{ root: string; missing: boolean }> {
  if (option !== undefined) {
    const root = await workspaceAt(resolve(caller.cwd, option), caller.env);
    if (root) return { root, missing: false };
    throw notFoundError(
      `Cannot find workspace "${option}": make it with "agentctl init ${option}"`,
    );
  }
  const fromEnv = caller.env["AI_ORCH_HOME"];
  if (fromEnv) {
    const path = resolve(caller.cwd, fromEnv);
    const root = await workspaceAt(path, caller.env);
    return { root: root ?? path, missing: root === null };
  }
  for (let folder = caller.cwd;; folder = dirname(folder)) {
    const root = join(folder, WORKSPACE_NAME);
    if (await isDirectory(root)) return { root, missing: false };
    if (dirname(folder) === folder) break;
  }
  const root = homeWorkspace(caller.env);
  return { root, missing: !await isDirectory(root) };
}

/** Finds the workspace of a call and reads its settings. A workspace that does not exist yet is an empty one. */
export async function openWorkspace(
  caller: Caller,
  option: string | undefined,
): Promise<Workspace> {
  const { root } = await locateWorkspace(caller, option);
  const [state, config] = await Promise.all([
    stateFolder(root, caller.env),
    loadConfig(root),
  ]);
  return { root, state, config };
}

/** Makes the folder of a workspace if it is missing, out of git's sight. */
export async function ensureWorkspace(root: string): Promise<void> {
  try {
    await Deno.mkdir(root, { recursive: true, mode: 0o700 });
    await writeNew(join(root, ".gitignore"), "*\n");
  } catch (error) {
    throw environmentError(
      `Cannot write workspace "${root}": ${messageOf(error)}`,
      error,
    );
  }
}

/** Makes the folders of a workspace and of its state that are missing; they are the owner's alone. */
export async function ensureState(
  { root, state }: Pick<Workspace, "root" | "state">,
): Promise<void> {
  await ensureWorkspace(root);
  // Beside states lies the workspace of the home folder.
  if (state !== root) await ensureWorkspace(dirname(dirname(state)));
  try {
    await Deno.mkdir(join(state, "runs"), { recursive: true, mode: 0o700 });
    if (state !== root) await noteWorkspace(state, root);
  } catch (error) {
    throw environmentError(
      `Cannot write the state of workspace "${root}" in "${state}": ${
        messageOf(error)
      }`,
      error,
    );
  }
}

/** A path given by hand names the workspace itself, of whatever name, or the folder that holds its `.ai-orch`. */
async function workspaceAt(
  path: string,
  env: Caller["env"],
): Promise<string | null> {
  const inside = join(path, WORKSPACE_NAME);
  if (await isDirectory(inside)) return inside;
  if (!await isDirectory(path)) return null;
  const isWorkspace = basename(path) === WORKSPACE_NAME ||
    await isDirectory(join(path, "runs")) ||
    await isDirectory(await stateFolder(path, env));
  return isWorkspace ? path : null;
}

/** Writes a file unless it is there. */
async function writeNew(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, text, { createNew: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) {
      return false;
    }
    throw environmentError(`Cannot read "${path}": ${messageOf(error)}`, error);
  }
}
