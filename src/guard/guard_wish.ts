import { join } from "@std/path";
import { readGrants } from "../codex/grants.ts";
import type { GuardWish } from "../codex/guard.ts";
import { isNamedBy } from "../run/environment.ts";
import type { RunRecord } from "../run/record.ts";
import { readProjects } from "../workspace/projects.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { FleetContext } from "../workspace/context.ts";
import { powerfulSockets } from "./powerful_sockets.ts";
import { settleProtection } from "./protection.ts";
import { exists, infoAt } from "../files/exists.ts";
import { instead } from "../system/ignore.ts";

/** What determines how a run is guarded. */
export type GuardedTask = Pick<
  RunRecord,
  | "cwd"
  | "sandbox"
  | "profile"
  | "protection"
  | "allow_protected"
  | "worktree"
>;

/**
 * What the guard of a run should do; `null` for a run without a sandbox. `env`
 * is the worker's; `sockets` are those, besides tmux's, that it must not reach.
 */
export async function guardWish(
  context: FleetContext,
  task: GuardedTask,
  env: Record<string, string>,
  sockets: readonly string[] = [],
): Promise<GuardWish | null> {
  const { workspace, caller } = context;
  const { sandbox } = task;
  if (sandbox === "danger-full-access") return null;
  // A run queued by an older agentctl has none.
  const protection = task.protection ??
    settleProtection(context, workspace.config.protected_paths, []).protection;
  if (protection === null) return null;
  const projects = await readProjects(workspace).catch(
    instead([], "projects that cannot be read are not guarded by name"),
  );
  const places = await Promise.all(protection.places.map(presentFile));
  const grants = await readGrants(env, task.profile);
  const uids = await usersIds(workspace, env);
  const whole = { ...caller.env, ...env };
  return {
    sandbox,
    cwd: task.cwd,
    isWorktree: task.worktree !== null,
    grants,
    tmpdir: env["TMPDIR"] || null,
    paths: protection.paths,
    folders: [...protection.folders, ...projects.map(({ path }) => path)],
    places: places.flat(),
    scratch: [],
    // A whole path is not among the protected ones; this is for what is inside one.
    allowed: task.allow_protected
      .filter((path) =>
        protection.paths.some((name) => path.startsWith(`${name}/`))
      )
      .map((path) => join(task.cwd, path)),
    hidden: [
      ...tmuxFolders(uids, whole),
      ...sockets,
      // Without the network, no socket can be reached.
      ...grants.network
        ? powerfulSockets(whole, {
          uids,
          keepsAgent: isNamedBy(
            "SSH_AUTH_SOCK",
            workspace.config.env_passthrough,
          ),
          passed: Object.keys(env),
          needed: [task.cwd, ...grants.writable_roots, "/tmp"]
            .concat(env["TMPDIR"] ?? [], env["HOME"] ?? []),
        })
        : [],
    ],
  };
}

/** A folder may be created while the worker runs; a file may not. */
async function presentFile(path: string): Promise<string[]> {
  if (!path.endsWith(".json")) return [path];
  return await exists(path) ? [path] : [];
}

/** The ids of this user, whom we identify by what they own: asking the system needs another permission. */
async function usersIds(
  { state }: Workspace,
  env: Record<string, string>,
): Promise<number[]> {
  const infos = await Promise.all(
    [env["HOME"] ?? state, state].map((path) => infoAt(path)),
  );
  return [...new Set(infos.flatMap((info) => info?.uid ?? []))];
}

/** Where tmux puts the sockets of this user. */
function tmuxFolders(
  uids: readonly number[],
  env: Record<string, string>,
): string[] {
  return [env["TMUX_TMPDIR"], "/tmp"].flatMap((folder) =>
    folder ? uids.map((uid) => join(folder, `tmux-${uid}`)) : []
  );
}
