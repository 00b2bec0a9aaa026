import { basename, dirname, join, resolve } from "@std/path";
import { exists } from "../files/exists.ts";
import { cannot, notFoundError } from "../system/errors.ts";
import type { Config } from "./config.ts";
import { requireOwnRoot, searchWorkspace } from "./ownership.ts";
import { ensureWorkspace, promptsFolder } from "./root_folder.ts";
import { readSettings } from "./settings.ts";
import { homeWorkspace, stateFolder, WORKSPACE_NAME } from "./state_folder.ts";
import { noteWorkspace } from "./state_note.ts";
import { isAbsent } from "../system/ignore.ts";
import type { SelfCommand } from "../system/self_command.ts";

/** A workspace: its settings, and where its runs are. */
export interface Workspace {
  /** The absolute path of the `.ai-orch` folder, which holds what users write. */
  root: string;
  /** The absolute path of the folder that holds what agentctl writes: runs, queue, projects, locks. */
  state: string;
  /** The settings, as far as they count. */
  config: Config;
  /** What was passed over on the way to it, and which of its parts do not count; a line for each. */
  remarks: readonly string[];
}

/** The folder and environment of a call. */
export interface Caller {
  cwd: string;
  env: Record<string, string>;
  /** The command that starts agentctl if this process is another program; by default, the command of this process. */
  program?: SelfCommand;
  /** Whether it is a server that its client has started, and that lives as long. */
  isServer?: boolean;
}

/** Makes a function that names something in the state of a workspace. */
function inState(name: string) {
  return ({ state }: Pick<Workspace, "state">): string => join(state, name);
}

/** Names inside a workspace. */
export const workspacePaths = {
  runs: inState("runs"),
  /** Runs that are being made: each becomes one of `runs` in one step. */
  making: inState("making"),
  projects: inState("projects.json"),
  notifyLog: inState("notify.log"),
  cache: inState("cache"),
  seen: inState("seen"),
  seenByUser: inState("seen_by_user"),
  seenBySessions: inState("seen_by_sessions"),
  delivered: inState("delivered"),
  told: inState("told"),
  repositories: inState("repositories"),
  trash: inState("trash"),
  wake: inState("wake"),
  layoutLock: inState("layout.lock"),
  /** A file for each run that waits to be started. */
  queue: inState("queue"),
  /** A file for each run that has a slot: one that is running, or about to. */
  active: inState("active"),
  queueLock: inState("queue.lock"),
  driverLock: inState("driver.lock"),
  pauses: inState("pauses.json"),
  /** What was last heard about the account limits of Codex. */
  accounts: inState("accounts.json"),
};

/** Where a workspace is, or will be. */
export interface WorkspacePlace {
  root: string;
  missing: boolean;
  /** What was passed over on the way to it; a line for each. */
  passedOver: string[];
}

/**
 * Finds the workspace of a call: `--workspace`, or else `AI_ORCH_HOME`, or else
 * the nearest `.ai-orch/` at or above the current folder, or else `~/.ai-orch`.
 * The second and the last need not exist yet, as `missing` says.
 *
 * Throws `not_found` if `--workspace` names one that does not exist, and an
 * `environment` error for one that is a link or another user's.
 */
export async function locateWorkspace(
  caller: Caller,
  option: string | undefined,
): Promise<WorkspacePlace> {
  const { cwd, env } = caller;
  // Approvals and states are there, whichever workspace it is.
  const home = homeWorkspace(env);
  await requireOwnRoot(home, env);
  const named = option ?? env["AI_ORCH_HOME"];
  if (named || option !== undefined) {
    const path = resolve(cwd, named ?? "");
    const root = await workspaceAt(path, env);
    await requireOwnRoot(root ?? path, env);
    if (root === null && option !== undefined) {
      throw notFoundError(
        `Cannot find workspace "${option}": make it with "agentctl init ${option}"`,
      );
    }
    return { root: root ?? path, missing: root === null, passedOver: [] };
  }
  const { root: found, passedOver } = await searchWorkspace(cwd, env);
  if (found !== null) return { root: found, missing: false, passedOver };
  return { root: home, missing: !await isDirectory(home), passedOver };
}

/** Finds the workspace of a call and reads its settings. A workspace that does not exist yet is an empty one. */
export async function openWorkspace(
  caller: Caller,
  option: string | undefined,
): Promise<Workspace> {
  const { root, passedOver } = await locateWorkspace(caller, option);
  const [state, { config, remarks }, onPrompts] = await Promise.all([
    stateFolder(root, caller.env),
    readSettings(root, caller.env),
    remarksOnPrompts(root, caller.env),
  ]);
  return {
    root,
    state,
    config,
    remarks: [...passedOver, ...remarks, ...onPrompts],
  };
}

/** Loads the code for prompts only if there are some. */
async function remarksOnPrompts(
  root: string,
  env: Caller["env"],
): Promise<string[]> {
  if (!await exists(promptsFolder(root))) return [];
  const { promptRemarks } = await import("./prompts.ts");
  return await promptRemarks({ root, env });
}

/** Makes the missing folders of a workspace and of its state, which only the owner can access. */
export async function ensureState(
  { root, state }: Pick<Workspace, "root" | "state">,
): Promise<void> {
  await ensureWorkspace(root);
  // The workspace of the home folder is next to the states.
  if (state !== root) await ensureWorkspace(dirname(dirname(state)));
  try {
    await Deno.mkdir(join(state, "runs"), { recursive: true, mode: 0o700 });
    if (state !== root) await noteWorkspace(state, root);
  } catch (error) {
    throw cannot(
      `write the state of workspace "${root}" in "${state}"`,
      error,
    );
  }
}

/** A given path names the workspace itself, whatever its name, or the folder that holds its `.ai-orch`. */
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

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw cannot(`read "${path}"`, error);
  }
}
