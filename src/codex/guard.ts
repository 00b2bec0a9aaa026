import type { Grants } from "./grants.ts";

/** What a guard is to do for one run. */
export interface GuardWish {
  sandbox: "read-only" | "workspace-write";
  /** The run's folder. */
  cwd: string;
  /** Whether agentctl has made the folder, which may then lie in one of the places. */
  isWorktree: boolean;
  grants: Grants;
  /** The folder of `TMPDIR`, if the worker has one. */
  tmpdir: string | null;
  /** Paths that the worker must not change in any of the folders that it may write: relative. */
  paths: readonly string[];
  /** Further folders in which `paths` count, where the worker may write them. */
  folders: readonly string[];
  /** Single places that the worker must not change: absolute. */
  places: readonly string[];
  /** Folders that were made for it to be written: absolute. `paths` do not count in them. */
  scratch: readonly string[];
  /** Below them, what the worker may change all the same: absolute, in the run's folder. */
  allowed: readonly string[];
  /** What the worker must not even see, such as sockets: absolute. What is missing is left out. */
  hidden: readonly string[];
}

/** How a guard is put into effect. */
export interface GuardPlan {
  /**
   * The name of the profile, another one each time. Codex merges it with one of
   * the same name in any configuration that it reads, which a worker may have
   * written into a folder inside the project.
   */
  name: string;
  /** The value of `permissions.NAME`: what Codex is told. */
  profile: string;
  /** What the worker cannot change: absolute. */
  read_only: string[];
  /** What the worker cannot reach: absolute. */
  hidden: string[];
  /** What has to exist while Codex works, in this order; see `planGuard()`. */
  needed: string[];
  /** What Codex may leave behind as empty folders: it loses a race with the end of its turn. */
  leftovers: string[];
  /** What ought to be read-only and cannot be made so. */
  uncovered: Uncovered[];
  /** Whether the worker may write a path: absolute. */
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

/** The arguments of `codex exec` and `codex sandbox` that describe the guard. */
export function guardArgs({ name, profile }: GuardPlan): string[] {
  return ["-c", `permissions.${name}=${profile}`];
}

/** Text as TOML writes it on one line. */
export function tomlString(text: string): string {
  // JSON does so too, but for one character.
  return JSON.stringify(text).replaceAll("\x7f", "\\u007f");
}
