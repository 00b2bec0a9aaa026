import { join } from "@std/path";
import { exists, infoAt } from "../files/exists.ts";
import { type CommandOutput, runCommand } from "../system/command.ts";
import { environmentError } from "../system/errors.ts";
import { trustedPath } from "../system/find_program.ts";
import { isWithin, realPathSoFar } from "../system/real_path.ts";
import { shellQuote as quote } from "../system/shell.ts";
import { type WorkerReach, workerReach } from "../system/worker_reach.ts";
import {
  gitArguments,
  type GitCall,
  gitEnvironment,
  type Obedience,
  type Repository,
} from "./git_call.ts";
import { obeyedSettings } from "./obeyed_settings.ts";
import { ownCommonDir, updateOwnCommonDir } from "./own_common_dir.ts";
import { filtersOf, parseSettings } from "./settings_list.ts";
import { ignore } from "../system/ignore.ts";

/** What we found out about a repository, and what that depends on. */
interface Known {
  stamp: string;
  found: Promise<KnownObedience>;
}

interface KnownObedience extends Obedience {
  refused: string[];
  filters: Map<string, Record<string, string>>;
}

/** By the caller's environment, then by repository. */
const known = new WeakMap<Record<string, string>, Map<string, Known>>();

/** How long to wait: a configuration may include a named pipe, which never ends. */
const READING_TIMEOUT_MS = 30_000;

const NOBODY: Obedience = { commonDir: null, overrides: [] };

/**
 * Which configuration a call obeys: only the user's. If a worker of any run could
 * have written the repository's configuration, git reads only what
 * {@linkcode obeyedSettings} leaves of it, from agentctl's own folder, so it does not
 * matter what happens to the repository's files in the meantime.
 */
export async function obedienceIn(call: GitCall): Promise<Obedience> {
  const { repository, env } = call;
  if (!repository) return NOBODY;
  const obedience = await knownOf(repository, env);
  if (obedience.commonDir !== null) {
    await updateOwnCommonDir(repository, obedience.commonDir);
  }
  return obedience;
}

/** The filters and merge drivers of a repository that are not run, each in words with the reason. */
export async function refusedDrivers(
  repository: Repository,
  env: Record<string, string>,
): Promise<string[]> {
  return (await knownOf(repository, env)).refused;
}

/** The commands of all filters of a repository, by name, then by use (`clean`, `smudge`, `process`). */
export async function configuredFilters(
  repository: Repository,
  env: Record<string, string>,
): Promise<Map<string, Record<string, string>>> {
  return (await knownOf(repository, env)).filters;
}

async function knownOf(
  repository: Repository,
  env: Record<string, string>,
): Promise<KnownObedience> {
  const reach = await workerReach(env);
  const stamp = await stampOf(repository, reach);
  const key = `${repository.git_dir}\0${repository.root}`;
  const repositories = known.get(env) ?? new Map<string, Known>();
  known.set(env, repositories);
  const before = repositories.get(key);
  if (before?.stamp === stamp) return await before.found;
  const found = findOut(repository, reach, env);
  repositories.set(key, { stamp, found });
  found.catch((error) => {
    ignore(error, "it is not kept, and thrown where the answer is awaited");
    repositories.delete(key);
  });
  return await found;
}

async function findOut(
  repository: Repository,
  reach: WorkerReach,
  env: Record<string, string>,
): Promise<KnownObedience> {
  const refuse = (why: string) =>
    environmentError(
      `Cannot read the configuration of the git repository "${repository.git_dir}": ${why}`,
    );
  for (const file of configFiles(repository)) {
    const info = await infoAt(file);
    if (info?.isFile === false) throw refuse(`"${file}" is not a file`);
  }
  const signal = AbortSignal.timeout(READING_TIMEOUT_MS);
  const output = await listSettings({ ...repository, signal }, env);
  if (signal.aborted) throw refuse("git did not finish reading it");
  if (output.code !== 0) {
    throw refuse(`git says: ${output.stderr.trim().slice(0, 600)}`);
  }
  const settings = parseSettings(output.stdout);
  const { own, overrides, refused } = await obeyedSettings(
    repository.root,
    settings,
    env,
  );
  const unnameable = overrides.find(([key]) => key.includes("="));
  if (unnameable) {
    throw refuse(`it runs ${JSON.stringify(unnameable[0])}; remove that`);
  }
  return {
    commonDir: own && await ownCommonDir(repository, own, env),
    overrides: overrides.map(([key, value]) => `${key}=${value}`),
    path: await usersPath(repository, reach, trustedPath(env)),
    refused,
    filters: filtersOf(settings),
  };
}

/** Lists all settings that apply in a repository, with the files that hold them. */
async function listSettings(
  { root, git_dir, signal }: Pick<Repository, "root" | "git_dir"> & {
    signal: AbortSignal;
  },
  env: Record<string, string>,
): Promise<CommandOutput> {
  const call: GitCall = { env, cwd: root };
  const args = ["config", "--list", "--show-scope", "--show-origin", "-z"];
  return await runCommand("git", gitArguments(args, call, NOBODY), {
    env: {
      ...gitEnvironment(call, NOBODY),
      GIT_DIR: git_dir,
      GIT_WORK_TREE: root,
    },
    cwd: "/",
    signal,
  });
}

/**
 * What to add to the environment of a program that runs git itself in a folder, as
 * Codex does outside its sandbox, so that git ignores everything there that it must
 * not obey. This holds only for the current configuration.
 */
export async function environmentForOthers(
  folder: string,
  env: Record<string, string>,
): Promise<Record<string, string>> {
  const signal = AbortSignal.timeout(READING_TIMEOUT_MS);
  // The one that any git finds, even one that findRepository() passes over or refuses.
  const settings = ["safe.bareRepository=all"];
  const call: GitCall = { env, cwd: folder, settings };
  const args = ["rev-parse", "--absolute-git-dir", "--show-toplevel"];
  const environment = gitEnvironment(call, NOBODY);
  const words = gitArguments(args, call, NOBODY);
  const { stdout } = await runCommand("git", words, {
    env: environment,
    cwd: folder,
    signal,
  });
  // Without a work tree there is no top level.
  const [git_dir = "", root = folder] = stdout.split(/\n(?=\/|$)/)
    .filter((line) => line !== "");
  if (git_dir === "") return {};
  const output = await listSettings({ root, git_dir, signal }, env);
  const found = parseSettings(output.stdout);
  const { own, elsewhere } = await obeyedSettings(root, found, env);
  const fetches = found.some(({ key }) => key === "extensions.partialclone");
  const parameters = elsewhere.map(([key, value]) =>
    // The form that git before 2.31 knows, unless the name rules it out.
    key.includes("=")
      ? `${quote(key)}=${quote(value)}`
      : quote(`${key}=${value}`)
  );
  return {
    ...parameters.length > 0 &&
      { GIT_CONFIG_PARAMETERS: parameters.join(" ") },
    ...own !== null && fetches &&
      { GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "none" },
  };
}

/** A key that changes with the files that hold the repository's own settings, and with what workers could write. */
async function stampOf(
  repository: Repository,
  reach: WorkerReach,
): Promise<string> {
  const infos = await Promise.all(
    configFiles(repository).map((file) => infoAt(file)),
  );
  return JSON.stringify([
    reach.version,
    infos.map((info) =>
      info && [info.dev, info.ino, info.size, info.mtime?.getTime()]
    ),
  ]);
}

function configFiles({ common_dir, git_dir }: Repository): string[] {
  return [join(common_dir, "config"), join(git_dir, "config.worktree")];
}

/** PATH without folders in which workers could put programs. The first folder with git stays, because that git runs anyway. */
async function usersPath(
  { root }: Repository,
  reach: WorkerReach,
  path: string,
): Promise<string> {
  const kept: string[] = [];
  let hasGit = false;
  for (const folder of path.split(":")) {
    const real = await realPathSoFar(folder || ".");
    const isTheirs = isWithin(real, root) || reach.covers(real);
    const isGits: boolean = !hasGit &&
      await exists(join(real, "git"), Deno.stat);
    hasGit ||= isGits;
    if (!isTheirs || isGits) kept.push(folder);
  }
  return kept.join(":");
}
