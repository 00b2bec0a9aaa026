import { dirname, join, resolve } from "@std/path";
import {
  environmentError,
  messageOf,
  notFoundError,
} from "../system/errors.ts";
import { type Config, loadConfig } from "./config.ts";

/** The name of a workspace's folder. */
export const WORKSPACE_NAME = ".ai-orch";

/** A workspace: where the runs live, and its settings. */
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
    const root = await workspaceAt(resolve(caller.cwd, option));
    if (root) return { root, missing: false };
    throw notFoundError(
      `Cannot find workspace "${option}": make it with "agentctl init ${option}"`,
    );
  }
  const fromEnv = caller.env["AI_ORCH_HOME"];
  if (fromEnv) {
    const path = resolve(caller.cwd, fromEnv);
    const root = await workspaceAt(path);
    return { root: root ?? path, missing: root === null };
  }
  for (let folder = caller.cwd;; folder = dirname(folder)) {
    const root = join(folder, WORKSPACE_NAME);
    if (await isDirectory(root)) return { root, missing: false };
    if (dirname(folder) === folder) break;
  }
  const home = caller.env["HOME"];
  if (!home) {
    throw environmentError(
      "Cannot find a workspace: HOME is not set; name one with --workspace or AI_ORCH_HOME",
    );
  }
  const root = join(home, WORKSPACE_NAME);
  return { root, missing: !await isDirectory(root) };
}

/** Finds the workspace of a call and reads its settings. A workspace that does not exist yet is an empty one. */
export async function openWorkspace(
  caller: Caller,
  option: string | undefined,
): Promise<Workspace> {
  const { root } = await locateWorkspace(caller, option);
  return { root, state: root, config: await loadConfig(root) };
}

/** Makes the folders of a workspace that are missing; they are the owner's alone. */
export async function ensureWorkspace(root: string): Promise<void> {
  try {
    await Deno.mkdir(join(root, "runs"), { recursive: true, mode: 0o700 });
    try {
      await Deno.writeTextFile(join(root, ".gitignore"), "*\n", {
        createNew: true,
        mode: 0o600,
      });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  } catch (error) {
    throw environmentError(
      `Cannot write workspace "${root}": ${messageOf(error)}`,
      error,
    );
  }
}

/** A path given by hand names the `.ai-orch` folder itself or the folder that holds it. */
async function workspaceAt(path: string): Promise<string | null> {
  const inside = join(path, WORKSPACE_NAME);
  if (await isDirectory(inside)) return inside;
  const isWorkspace = await isDirectory(join(path, "runs")) ||
    path.endsWith(`/${WORKSPACE_NAME}`) && await isDirectory(path);
  return isWorkspace ? path : null;
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
