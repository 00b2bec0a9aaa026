import { basename, dirname, isAbsolute, join, resolve } from "@std/path";
import { environmentError } from "./errors.ts";
import { isWithin } from "./real_path.ts";
import { notedWorkerFolders } from "./worker_reach.ts";
import { ignoreUnlessAbsent, tryOr } from "./ignore.ts";

/** The programs that the binary may start; the permission covers only these names on PATH. */
export type ProgramName = "tmux" | "codex" | "git" | "claude";

/**
 * `PATH` without the folders in which a worker may have put its own program:
 * those in which a run has worked, such as an activated `.venv` or
 * `node_modules/.bin`, and relative ones, which mean a different folder in each
 * project. A folder that contains the home folder does not count, because
 * everything that the user has installed is in it.
 */
export function trustedPath(env: Record<string, string>): string {
  const isReached = reachOf(env);
  return (env["PATH"] ?? "").split(":")
    .filter((folder) => isAbsolute(folder) && !isReached(folder))
    .join(":");
}

/**
 * The first program of that name on {@linkcode trustedPath}; `null` if there is none.
 * Throws an `environment` error that says what to do if only a worker's folder has
 * one. The same holds if a worker's folder came first when this process started:
 * Deno's permission covers only the first program of each name.
 */
export function findProgram(
  env: Record<string, string>,
  name: ProgramName,
): string | null {
  const isReached = reachOf(env);
  let refused: string | undefined;
  for (const folder of (env["PATH"] ?? "").split(":")) {
    const path = join(folder, name);
    if (!isAbsolute(folder) || !isExecutable(path)) continue;
    if (isReached(folder) || isReached(path)) refused ??= path;
    else if (refused === undefined || isPermitted(path)) return path;
    else break;
  }
  if (refused === undefined) return null;
  throw environmentError(
    `Cannot start ${name}: "${refused}" is where a worker may have put it; put the folder of your own ${name} before it on PATH`,
  );
}

/** Like {@linkcode findProgram}, for a program that is started at once; if there is none, returns its name, so that starting it fails. */
export function programPath(
  name: ProgramName,
  env: Record<string, string>,
): string {
  return findProgram(env, name) ?? name;
}

/** Like {@linkcode findProgram}, but throws an `environment` error that says what to do. */
export function requireProgram(
  env: Record<string, string>,
  program: ProgramName,
  action: string,
): string {
  const path = findProgram(env, program);
  if (path !== null) return path;
  throw environmentError(
    `Cannot ${action}: ${program} is not on PATH; ${INSTALL_HINTS[program]}`,
  );
}

function isPermitted(command: string): boolean {
  return Deno.permissions.querySync({ name: "run", command }).state ===
    "granted";
}

/**
 * Tells whether a worker may have put something at a path; see {@linkcode trustedPath}.
 * `soon` names folders in which workers are about to run.
 */
export function reachOf(
  env: Record<string, string>,
  soon: readonly string[] = [],
): (path: string) => boolean {
  const home = env["HOME"] ?? "/";
  const homes = [home, realPathOf(home)];
  // Without readable notes, no place is known to be within reach.
  const noted = notedWorkerFolders(env) ?? [];
  const folders = [...noted.map(({ folder }) => folder), ...soon]
    .filter((folder) => !homes.some((home) => isWithin(home, folder)));
  if (folders.length === 0) return () => false;
  const covers = (path: string) =>
    folders.some((folder) => isWithin(path, folder));
  return (path) => covers(path) || covers(realPathOf(path));
}

/** The real path of something that a worker may make later: links are followed even if they lead nowhere. */
function realPathOf(path: string, links = 40): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    ignoreUnlessAbsent(error, "the path is followed as far as it exists");
    const parent = dirname(path);
    if (parent === path || links === 0) return path;
    const at = join(realPathOf(parent, links - 1), basename(path));
    const why = "what cannot be read is not a link";
    const target = tryOr(() => Deno.readLinkSync(at), null, why);
    if (target === null) return at;
    return realPathOf(resolve(dirname(at), target), links - 1);
  }
}

function isExecutable(path: string): boolean {
  const why = "what cannot be looked at is not a program";
  const info = tryOr(() => Deno.statSync(path), null, why);
  if (!info?.isFile) return false;
  return info.mode === null || (info.mode & 0o111) !== 0;
}

const INSTALL_HINTS: Record<ProgramName, string> = {
  tmux: "install it, for example with apt install tmux or brew install tmux",
  git: "install it, for example with apt install git or brew install git",
  codex:
    "install it with npm install -g @openai/codex, then log in with codex login",
  claude: "install it with npm install -g @anthropic-ai/claude-code",
};
