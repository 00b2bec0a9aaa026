import { dirname, join } from "@std/path";
import { environmentError } from "../system/errors.ts";
import { isWithin, realPathSoFar } from "../system/real_path.ts";
import { homeWorkspace, WORKSPACE_NAME } from "./state_folder.ts";
import { infoAt, linkInfoAt, realPathAt } from "../files/exists.ts";
import { isEmptyFolder } from "../files/entries_in.ts";

type Environment = Record<string, string>;

/**
 * The user whose files count: the owner of the home folder, because Deno does not
 * say who runs the program. `null` if there is no such folder or the system has
 * no users.
 */
async function userId(env: Environment): Promise<number | null> {
  const home = env["HOME"];
  if (!home) return null;
  return (await infoAt(home))?.uid ?? null;
}

/** Makes a function that tests who owns files and folders and reads the home folder only once. */
export async function ownersOf(
  env: Environment,
): Promise<(info: Deno.FileInfo) => boolean> {
  const user = await userId(env);
  return ({ uid }) => user === null || uid === null || uid === user;
}

/**
 * Whether a folder is the workspace of the home folder, which needs no approval:
 * a real folder that belongs to the user, and not a link.
 */
export async function isHomeWorkspace(
  root: string,
  env: Environment,
): Promise<boolean> {
  const home = homeWorkspace(env);
  if (await refusalOf(home, env) !== null) return false;
  const [path, own] = await Promise.all(
    [root, home].map((path) => realPathAt(path)),
  );
  return path !== null && path === own;
}

/** Why a folder cannot be a workspace: it is a link, or another user's. `null` if it can, or does not exist. */
export async function refusalOf(
  root: string,
  env: Environment,
): Promise<string | null> {
  const info = await linkInfoAt(root);
  if (info === null) return null;
  if (info.isSymlink) return "it is a link";
  const isOwn = await ownersOf(env);
  return isOwn(info) ? null : "it belongs to another user";
}

/** Throws an `environment` error if a named workspace is a link, or another user's. */
export async function requireOwnRoot(
  root: string,
  env: Environment,
): Promise<void> {
  const reason = await refusalOf(root, env);
  if (reason === null) return;
  throw environmentError(
    `Cannot use workspace "${root}": ${reason}; ${
      root === homeWorkspace(env)
        ? "put a folder of your own there"
        : "name a folder of your own"
    }`,
  );
}

/** What a search for a workspace has found, and a line for each workspace that it passed over. */
export interface WorkspaceSearch {
  root: string | null;
  passedOver: string[];
}

/**
 * Looks for the nearest workspace at or above a folder, as far up as git would
 * look for a repository: not into a folder of another user, not into another
 * file system, and not into one of `GIT_CEILING_DIRECTORIES`. So what others put
 * into `/tmp`, say, is never found. Links are passed over, and so is everything
 * in `~/.ai-orch`, where worktrees are.
 */
export async function searchWorkspace(
  cwd: string,
  env: Environment,
): Promise<WorkspaceSearch> {
  const passedOver: string[] = [];
  const pass = (root: string, reason: string) =>
    passedOver.push(
      `Passed over workspace "${root}": ${reason}; make one of your own with "agentctl init", or name one with --workspace`,
    );
  const isOwn = await ownersOf(env);
  const ceilings = await ceilingsOf(env);
  const home = await realPathSoFar(homeWorkspace(env));
  const first = await realPathAt(cwd) ?? cwd;
  const acrossDevices = isTrue(env["GIT_DISCOVERY_ACROSS_FILESYSTEM"]);
  let device: number | undefined;
  for (let folder = first;; folder = dirname(folder)) {
    const info = await infoAt(folder);
    device ??= info?.dev;
    if (info && info.dev !== device && !acrossDevices) break;
    const root = join(folder, WORKSPACE_NAME);
    const found = await linkInfoAt(root);
    if (info && !isOwn(info)) {
      if (found && !found.isFile) {
        pass(root, `folder "${folder}" belongs to another user`);
      }
      break;
    }
    if (found?.isSymlink) pass(root, "it is a link");
    // An empty folder is not a workspace: the guard of a run makes one where its worker must not.
    else if (found?.isDirectory && !await isEmptyFolder(root)) {
      const reason = !isOwn(found)
        ? "it belongs to another user"
        : root !== home && isWithin(root, home)
        ? "it is in ~/.ai-orch"
        : null;
      if (reason === null) return { root, passedOver };
      pass(root, reason);
    }
    const above = dirname(folder);
    if (above === folder || ceilings.includes(above)) break;
  }
  return { root: null, passedOver };
}

/** The folders of `GIT_CEILING_DIRECTORIES`; links in those after an empty entry are not resolved. */
async function ceilingsOf(env: Environment): Promise<string[]> {
  const ceilings: string[] = [];
  let resolves = true;
  for (const entry of (env["GIT_CEILING_DIRECTORIES"] ?? "").split(":")) {
    if (entry === "") resolves = false;
    else if (entry.startsWith("/")) {
      const path = entry.replace(/(?<=.)\/+$/, "");
      ceilings.push(
        resolves ? await realPathAt(path) ?? path : path,
      );
    }
  }
  return ceilings;
}

function isTrue(value: string | undefined): boolean {
  return /^(true|yes|on|[1-9]\d*)$/i.test(value ?? "");
}
