import { join } from "@std/path";
import {
  checkProfileName,
  codexHome,
  profileFile,
  readKeys,
} from "./profiles.ts";
import { chooseGuardArgs, tomlString } from "./guard.ts";
import { settingsFor, type WorkerRequest } from "./command_line.ts";
import { foldersWithSettings } from "./settings_folders.ts";
import type { TomlKey } from "./toml_keys.ts";

/** How `codex app-server` is told what `codex exec` is told by flags. */
export interface AppServerCommand {
  argv: string[];
  /** The parameters that `thread/start` and `thread/resume` have in common. */
  thread: Record<string, unknown>;
}

/** Something that a run needs cannot be said to app-server; the message says what. */
export class NotForAppServer extends Error {
  override name = "NotForAppServer";
}

/** Lets the worker ask questions, which Codex otherwise has for its plan mode only (seen with 0.169). */
const MAY_ASK = [
  "features.default_mode_request_user_input=true",
  "suppress_unstable_features_warning=true",
];

/**
 * The command line of `codex app-server` for a worker, which has no `--profile` and
 * no `--sandbox`: all is said by `-c`. A profile keeps its place below the settings
 * of a project that the user trusts. Throws {@linkcode NotForAppServer} if the profile
 * cannot be told so.
 *
 * A sandbox or a guard makes app-server write into the user's config.toml that the
 * project is trusted, unless something says whether it is (seen with 0.169).
 */
export async function appServerCommand(
  request: WorkerRequest,
  env: Record<string, string>,
): Promise<AppServerCommand> {
  const folders = await foldersWithSettings({
    cwd: request.cwd,
    worktree: request.worktree,
  });
  const config = await keysIn(join(codexHome(env), "config.toml"));
  const decided = trustIn(config, folders);
  const isDistrusted = request.distrusted.length > 0;
  const told = decided === null && !isDistrusted
    ? { ...request, distrusted: folders }
    : request;
  const stronger = decided === "trusted" && !isDistrusted
    ? folders.map((folder) => keysIn(join(folder, ".codex", "config.toml")))
    : [];
  const settings = request.profile === null
    ? []
    : await profileSettings(request, env, (await Promise.all(stronger)).flat());
  if (request.model !== null) {
    settings.push(`model=${tomlString(request.model)}`);
  }
  if (request.guard === null && request.sandbox !== null) {
    settings.push(`sandbox_mode=${tomlString(request.sandbox)}`);
  }
  settings.push(...MAY_ASK, ...settingsFor(told));
  return {
    argv: [
      "app-server",
      ...settings.flatMap((setting) => ["-c", setting]),
      ...request.guard === null ? [] : chooseGuardArgs(request.guard),
    ],
    thread: {
      cwd: request.cwd,
      approvalPolicy: request.approve === "ask" ? "on-request" : "never",
    },
  };
}

async function keysIn(file: string): Promise<TomlKey[]> {
  const keys = await readKeys(file);
  return Array.isArray(keys) ? keys : [];
}

/** What the user has decided about a project; `null` if nothing. The nearest folder counts. */
function trustIn(
  config: readonly TomlKey[],
  folders: readonly string[],
): string | null {
  for (const folder of folders) {
    const level = config.find(({ path: [table, project, key] }) =>
      table === "projects" && project === folder && key === "trust_level"
    )?.value;
    if (typeof level === "string") return level;
  }
  return null;
}

/** Keys of a profile that a run's own sandbox or guard replaces. */
const REPLACED = ["sandbox_mode", "default_permissions", "approval_policy"];

/** A profile's keys as settings, without those that a stronger file has. */
async function profileSettings(
  { profile, sandbox, guard }: WorkerRequest,
  env: Record<string, string>,
  stronger: readonly TomlKey[],
): Promise<string[]> {
  checkProfileName(profile ?? "");
  const file = profileFile(env, profile ?? "");
  const keys = await keysIn(file);
  const isTaken = ({ path }: TomlKey) =>
    stronger.some((key) =>
      key.path.length >= path.length &&
      path.every((part, index) => key.path[index] === part)
    );
  return keys.flatMap((key) => {
    if (key.repeated) {
      throw new NotForAppServer(
        `profile "${profile}" has more than one table "${key.path.join(".")}"`,
      );
    }
    if (key.source === undefined || isTaken(key)) return [];
    if (!key.path.every((part) => /^[A-Za-z0-9_-]+$/.test(part))) {
      throw new NotForAppServer(
        `profile "${profile}" has the quoted key ${JSON.stringify(key.path)}`,
      );
    }
    const [name = ""] = key.path;
    const isReplaced = REPLACED.includes(name) &&
      (guard !== null || sandbox !== null || name === "approval_policy");
    return isReplaced ? [] : [`${key.path.join(".")}=${key.source}`];
  });
}
