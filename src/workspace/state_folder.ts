import { basename, dirname, isAbsolute, join } from "@std/path";
import { environmentError, usageError } from "../system/errors.ts";
import { realPathSoFar } from "../system/real_path.ts";
import { sha256Hex } from "../files/digest.ts";
import { infoAt, linkInfoAt } from "../files/exists.ts";

/** The name of a workspace's folder. */
export const WORKSPACE_NAME = ".ai-orch";

/** The workspace of the home folder. Throws an `environment` error without HOME. */
export function homeWorkspace(env: Record<string, string>): string {
  const home = env["HOME"];
  if (home && isAbsolute(home)) return join(home, WORKSPACE_NAME);
  throw environmentError(
    `Cannot find the folder of agentctl's state: HOME is ${
      home ? `"${home}", which is not an absolute path` : "not set"
    }; set it to your home folder`,
  );
}

/** The folder that holds the states of all workspaces except the home folder's. */
export function statesFolder(env: Record<string, string>): string {
  return join(homeWorkspace(env), "workspaces");
}

/**
 * The folder of what agentctl writes for a workspace. The workspace of the home
 * folder holds its own; those of all others are in the home folder, because
 * workers can write to their project, and nothing that acts may be there.
 *
 * Throws an `environment` error without HOME, or if somebody else could write
 * the folder; a `usage` error for a workspace inside `~/.ai-orch`.
 */
export async function stateFolder(
  root: string,
  env: Record<string, string>,
): Promise<string> {
  const home = homeWorkspace(env);
  const [real, realHome] = await Promise.all(
    [root, home].map((path) => realPathSoFar(path)),
  );
  if (real === realHome || real === undefined) return root;
  if (real.startsWith(`${realHome}/`)) {
    throw usageError(
      `Cannot use workspace "${root}": it is in "${home}", where agentctl keeps states; name the folder of the project`,
    );
  }
  const states = statesFolder(env);
  const state = join(states, await stateName(real));
  for (const folder of [states, state]) await requireOwn(folder, home);
  return state;
}

/** The folder that a workspace is for: the one that holds it, unless it has a name of its own. */
export function folderOf(root: string): string {
  return basename(root) === WORKSPACE_NAME ? dirname(root) : root;
}

/** The name of a workspace's state: the name of its folder, and a digest of its real path. */
async function stateName(real: string): Promise<string> {
  const words = basename(folderOf(real)).replace(/[^A-Za-z0-9._-]+/g, "_")
    .replace(/^[.-]+/, "").slice(0, 40);
  return `${words || "root"}-${(await sha256Hex(real)).slice(0, 16)}`;
}

/** Throws unless a folder is missing, or only its owner can write it. */
async function requireOwn(folder: string, home: string): Promise<void> {
  const [info, above] = await Promise.all([
    linkInfoAt(folder),
    infoAt(home),
  ]);
  if (info === null) return;
  const why = info.isSymlink
    ? "it is a link"
    : !info.isDirectory
    ? "it is not a folder"
    : info.uid !== above?.uid
    ? `it does not belong to the owner of "${home}"`
    : ((info.mode ?? 0) & 0o022) !== 0
    ? `others can write it; prevent that with "chmod 700 ${folder}"`
    : null;
  if (why === null) return;
  throw environmentError(`Cannot use "${folder}", which holds state: ${why}`);
}
