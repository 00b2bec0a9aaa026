import { dirname, isAbsolute, join, relative, resolve } from "@std/path";
import { launcherText, selfCommand } from "../../system/self_command.ts";
import { infoAt, realPathAt } from "../../files/exists.ts";
import { homeWorkspace } from "../../workspace/state_folder.ts";
import { insteadOfAbsent } from "../../system/ignore.ts";

/** Where a shell looks for a program. */
export interface ProgramSite {
  /** The folder of the shell. */
  cwd: string;
  /** The folder of the session, where a worker may write. */
  folder: string;
}

/**
 * Whether a shell finds the user's own programs by these names, and not one
 * that a worker may have put on PATH. True for a name that it does not find.
 */
export async function areUsersPrograms(
  names: Iterable<string>,
  env: Record<string, string>,
  { cwd, folder }: ProgramSite,
): Promise<boolean> {
  const { reachOf } = await import("../../system/find_program.ts");
  const isReached = reachOf(env, [folder, "/tmp", env["TMPDIR"] || "/tmp"]);
  for (const name of names) {
    const path = await firstOnPath(name, env, cwd);
    if (path !== null && (isReached(dirname(path)) || isReached(path))) {
      return false;
    }
  }
  return true;
}

/**
 * Whether a shell that runs `agentctl` starts this very program: a worker may
 * have put another program of that name into a folder on PATH, and its calls
 * would then pass as ours. True if there is none.
 */
export async function isOwnProgram(
  env: Record<string, string>,
  { cwd, folder }: ProgramSite,
): Promise<boolean> {
  const path = await firstOnPath("agentctl", env, cwd);
  return path === null || await isSelf(path, folder, env);
}

async function firstOnPath(
  name: string,
  env: Record<string, string>,
  cwd: string,
): Promise<string | null> {
  for (const folder of (env["PATH"] ?? "").split(":")) {
    const path = join(resolve(cwd, folder), name);
    const info = await infoAt(path);
    if (info?.isFile && ((info.mode ?? 0o111) & 0o111) !== 0) return path;
  }
  return null;
}

/**
 * Whether a path is that of this very program, and not a link or a script that
 * could be replaced by writing into the folder `base`. The state in the home
 * folder is out of every worker's reach.
 */
export async function isSelf(
  path: string,
  base: string,
  env: Record<string, string>,
): Promise<boolean> {
  const { argv } = selfCommand();
  const realOf = async (path: string) => await realPathAt(path) ?? path;
  const [real, folder, within] = [
    await realOf(path),
    await realOf(dirname(path)),
    await realOf(base),
  ];
  const isProgram = argv.length === 1 && argv[0] === real;
  if (isProgram && real === join(folder, "agentctl")) return true;
  // A link or a script in the session's folder may be replaced at any moment.
  const isIn = (base: string) => {
    const inside = relative(base, folder);
    return !inside.startsWith("..") && !isAbsolute(inside);
  };
  if (isIn(within) && !isIn(await realOf(homeWorkspace(env)))) return false;
  return isProgram ||
    await Deno.readTextFile(path).catch(
        insteadOfAbsent("", "a program that cannot be read is not ours"),
      ) === launcherText(argv);
}
