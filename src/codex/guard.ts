import type { Grants } from "./grants.ts";

/** What a guard should do for one run. */
export interface GuardWish {
  sandbox: "read-only" | "workspace-write";
  /** The run's folder. */
  cwd: string;
  /** Whether agentctl made the folder, which may then be inside one of the places. */
  isWorktree: boolean;
  grants: Grants;
  /** The folder of `TMPDIR`, if the worker has one. */
  tmpdir: string | null;
  /** Relative paths that the worker must not change in any folder that it may write. */
  paths: readonly string[];
  /** Further folders in which `paths` apply, if the worker may write them. */
  folders: readonly string[];
  /** Absolute paths of individual places that the worker must not change. */
  places: readonly string[];
  /** Absolute paths of folders that were made for it to write. `paths` do not apply in them. */
  scratch: readonly string[];
  /** What the worker may nevertheless change below them: absolute paths, in the run's folder. */
  allowed: readonly string[];
  /** Absolute paths that the worker must not even see, such as sockets. Missing ones are left out. */
  hidden: readonly string[];
}

/** How a guard is implemented. */
export interface GuardPlan {
  /**
   * The name of the profile, a new one each time. Codex merges it with one of the
   * same name in any configuration that it reads, and a worker may have written
   * such a configuration into a folder inside the project.
   */
  name: string;
  /** The value of `permissions.NAME`: what Codex is told. */
  profile: string;
  /** The absolute paths that the worker cannot change. */
  read_only: string[];
  /** The absolute paths that the worker cannot reach. */
  hidden: string[];
  /** What has to exist while Codex runs, in this order; see `planGuard()`. */
  needed: string[];
  /** Empty folders that Codex may leave behind if it loses a race with the end of its turn. */
  leftovers: string[];
  /** Paths that should be read-only but cannot be made so. */
  uncovered: Uncovered[];
  /** Whether the worker may write to an absolute path. */
  mayWrite(path: string): boolean;
}

export interface Uncovered {
  path: string;
  reason: string;
}

/** The arguments of `codex` that run a command under a guard. */
export function sandboxArgs(
  plan: GuardPlan,
  cwd: string,
  command: readonly string[],
): string[] {
  return [
    ...["sandbox", "-P", plan.name, ...guardArgs(plan), "-C", cwd],
    ...["--", ...command],
  ];
}

/** The arguments of `codex` that describe the guard. */
export function guardArgs({ name, profile }: GuardPlan): string[] {
  return ["-c", `permissions.${name}=${profile}`];
}

/** The arguments of `codex exec` and `codex app-server` that put everything under the guard. */
export function chooseGuardArgs(plan: GuardPlan): string[] {
  return [
    ...["-c", `default_permissions=${tomlString(plan.name)}`],
    ...guardArgs(plan),
  ];
}

/** Text as a single-line TOML string. */
export function tomlString(text: string): string {
  // The same as in JSON, except for one character.
  return JSON.stringify(text).replaceAll("\x7f", "\\u007f");
}
