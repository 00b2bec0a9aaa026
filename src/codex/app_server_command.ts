import { join } from "@std/path";
import { exists } from "../files/exists.ts";
import { realPathSoFar } from "../system/real_path.ts";
import { codexHome, findProfile, readKeys } from "./profiles.ts";
import { guardArgs, tomlString } from "./guard.ts";
import { settingsFor, type WorkerRequest } from "./command_line.ts";
import { SANDBOX_MODES } from "./sandbox_modes.ts";
import { upwards } from "./settings_folders.ts";
import type { TomlKey } from "./toml_keys.ts";

/** How `codex app-server` is told what `codex exec` is told by flags. */
export interface AppServerCommand {
  argv: string[];
  /** The parameters that `thread/start` and `thread/resume` have in common. */
  thread: Record<string, unknown>;
  /** Parameters of `turn/start`. */
  turn: Record<string, unknown>;
}

/** Something that a run needs cannot be passed to app-server; the message says what. */
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
 * cannot be passed that way.
 *
 * If a thread may write when it starts, app-server records in the user's config.toml
 * that the project is trusted, unless something already says whether it is. A project
 * that is not trusted gets no AGENTS.md. So a thread starts read-only, and its turns get
 * the permissions (seen with 0.169).
 */
export async function appServerCommand(
  request: WorkerRequest,
  env: Record<string, string>,
): Promise<AppServerCommand> {
  const permissions = permissionsOf(request);
  const config = await keysIn(join(codexHome(env), "config.toml"));
  refuseLoginKeys(config);
  const settings = request.profile === null ? [] : await profileSettings(
    request.profile,
    env,
    await projectKeys(request, env, config),
  );
  if (request.model !== null) {
    settings.push(`model=${tomlString(request.model)}`);
  }
  settings.push(
    ...MAY_ASK,
    ...settingsFor(request),
    `default_permissions=${tomlString(READ_ONLY)}`,
  );
  const approvals = {
    approvalPolicy: request.approve === "ask" ? "on-request" : "never",
    // Not a model, which settings of the user may have chosen.
    approvalsReviewer: "user",
  };
  return {
    argv: [
      "app-server",
      ...settings.flatMap((setting) => ["-c", setting]),
      ...request.guard === null ? [] : guardArgs(request.guard),
    ],
    thread: { cwd: request.cwd, ...approvals },
    turn: { permissions, ...approvals },
  };
}

const READ_ONLY = ":read-only";

/** The permission profile of the turns. */
function permissionsOf({ guard, sandbox }: WorkerRequest): string {
  if (guard !== null) return guard.name;
  if (sandbox === "danger-full-access") return ":danger-full-access";
  if (sandbox === "read-only") return READ_ONLY;
  throw new NotForAppServer("its sandbox has no guard here");
}

async function keysIn(file: string): Promise<TomlKey[]> {
  const keys = await readKeys(file);
  return Array.isArray(keys) ? keys : [];
}

/** Restrictions on the login that only `codex exec` enforces. */
const LOGIN_KEYS = ["forced_login_method", "forced_chatgpt_workspace_id"];

function refuseLoginKeys(keys: readonly TomlKey[]): void {
  const name = keys.map(({ path }) => path[0] ?? "")
    .find((name) => LOGIN_KEYS.includes(name));
  if (name !== undefined) throw new NotForAppServer(`it ignores "${name}"`);
}

/** The settings of a run's project, as far as Codex obeys them because the project is trusted. */
async function projectKeys(
  { cwd, worktree, distrusted }: WorkerRequest,
  env: Record<string, string>,
  config: readonly TomlKey[],
): Promise<TomlKey[]> {
  if (distrusted.length > 0) return [];
  const home = await realPathSoFar(codexHome(env));
  const folders = await projectFolders(await realPathSoFar(cwd));
  const others = [cwd, folders.at(-1), worktree?.repository];
  const keys: TomlKey[] = [];
  for (const folder of folders) {
    const settings = join(folder, ".codex");
    if (await realPathSoFar(settings) === home) continue;
    if (!isTrusted(config, [folder, ...others])) continue;
    keys.push(...await keysIn(join(settings, "config.toml")));
  }
  const isMoved = keys.length > 0 &&
    config.some(({ path }) => path[0] === "project_root_markers");
  if (isMoved) throw new NotForAppServer('"project_root_markers" is set');
  return keys;
}

/** A folder and those above it, up to that of its repository. */
async function projectFolders(cwd: string): Promise<string[]> {
  const folders: string[] = [];
  for (const folder of upwards(cwd)) {
    folders.push(folder);
    if (await exists(join(folder, ".git"))) return folders;
  }
  return [cwd];
}

/** Whether the user trusts a project, by the first of these folders about which there is a decision. */
function isTrusted(
  config: readonly TomlKey[],
  folders: readonly (string | undefined)[],
): boolean {
  const levels = folders.map((folder) =>
    config.find(({ path: [table, project, key] }) =>
      table === "projects" && project === folder && key === "trust_level"
    )?.value
  );
  return levels.find((level) => level !== undefined) === "trusted";
}

/** Keys of a profile that the run's own permissions replace. */
const REPLACED = [
  ...["sandbox_mode", "default_permissions"],
  ...["approval_policy", "approvals_reviewer"],
];

/** Keys with which a profile hands over secrets. Everybody on the machine can read a command line. */
const SECRET_KEY = /bearer|token|secret|password|api_?key|headers|^env$/i;

/** Limits and names of variables are not secret. */
const PLAIN_KEY = /^env_key$|_(?:limit|tokens|env_var|budget)$/;

function mayHoldSecret({ path, source = "" }: TomlKey): boolean {
  const inline = [...source.matchAll(/([A-Za-z0-9_-]+)"?\s*=/g)]
    .map(([, name = ""]) => name);
  return [...path, ...source.startsWith("{") ? inline : []]
    .some((name) => SECRET_KEY.test(name) && !PLAIN_KEY.test(name));
}

/** A profile's keys as settings, without those that a stronger file has. */
async function profileSettings(
  profile: string,
  env: Record<string, string>,
  stronger: readonly TomlKey[],
): Promise<string[]> {
  const found = await findProfile(env, profile, { profiles: "files" });
  if (found.state !== "found") {
    throw new NotForAppServer(`profile "${profile}" is ${found.state}`);
  }
  const keys = await keysIn(found.file);
  refuseLoginKeys(keys);
  const refuse = (what: string): never => {
    throw new NotForAppServer(`profile "${profile}" ${what}`);
  };
  return keys.flatMap((key) => {
    const [name = ""] = key.path;
    const shown = key.path.join(".");
    if (key.repeated) refuse(`has more than one table "${shown}"`);
    if (key.source === undefined) return [];
    const below = stronger.filter(({ path }) =>
      key.path.every((part, index) => path[index] === part)
    );
    if (below.some(({ path }) => path.length > key.path.length)) {
      refuse(`and the project both set "${shown}"`);
    }
    if (below.length > 0) return [];
    if (mayHoldSecret(key)) refuse(`may hold a secret in "${shown}"`);
    if (!key.path.every((part) => /^[A-Za-z0-9_-]+$/.test(part))) {
      refuse(`has the quoted key ${JSON.stringify(key.path)}`);
    }
    if (
      name === "sandbox_mode" &&
      !SANDBOX_MODES.some((mode) => mode === key.value)
    ) refuse("has a sandbox_mode that Codex does not know");
    return REPLACED.includes(name)
      ? []
      : [`${key.path.join(".")}=${key.source}`];
  });
}
