import { dirname, isAbsolute, join, resolve } from "@std/path";
import { realPathSoFar } from "../system/real_path.ts";
import { type WorkerReach, workerReach } from "../system/worker_reach.ts";
import { type Setting, splitKey } from "./settings_list.ts";
import { type CommandPlace, isLfs, isUsersProgram } from "./users_program.ts";

/** Which of a repository's settings git must obey. */
export interface ObeyedSettings {
  /** The settings that the repository itself may make; `null` if its own files may be read as they are. */
  own: Setting[] | null;
  /** Settings that override what the user's configuration says. */
  overrides: Override[];
  /** Settings that override everything that must not be obeyed, for a git that reads the repository's own files. */
  elsewhere: Override[];
  /** The filters and merge drivers that are not run, with the places that define them, in words. */
  refused: string[];
}

/** A setting that overrides files. */
export type Override = [key: string, value: string];

/**
 * The parts of a repository's configuration that count even if a worker wrote them:
 * how the repository is stored, and how text is compared. This lists what is
 * harmless, because nobody can list everything that runs something: git keeps
 * adding such settings, and programs that git runs (git-lfs) have their own.
 */
const HARMLESS =
  /^(core\.(repositoryformatversion|filemode|symlinks|ignorecase|precomposeunicode|protecthfs|protectntfs|autocrlf|eol|checkroundtripencoding|checkstat|trustctime|logallrefupdates|sharedrepository|longpaths|bigfilethreshold|sparsecheckout|sparsecheckoutcone)|extensions\.(?!partialclone$|worktreeconfig$)[^.]+|index\.(version|skiphash)|i18n\.commitencoding|user\.(name|email)|diff\..*\.(binary|xfuncname|funcname)|filter\.lfs\.required)$/s;

/** Settings that are never taken over: those that git reads elsewhere, and those that each call sets itself. */
const SAID_ELSEWHERE =
  /^(include\.path|includeif\..*|core\.(worktree|bare)|extensions\.worktreeconfig|branch\..*)$/s;

const USERS_SCOPES = ["system", "global", "command"];

/** Settings that hold a command which agentctl's calls would run; all others of that kind are disabled in each call. */
const RUN_BY_GIT = /^(filter\..*\.(clean|smudge|process)|merge\..*\.driver)$/s;

/** Hooks defined by configuration (git 2.54), which ignore `core.hooksPath`. They never run. */
const HOOK = /^hook\..*\.(command|event)$/s;

/** Settings that git runs for other programs, but never for agentctl. */
const RUN_ELSEWHERE = /^core\.(fsmonitor|hookspath)$/;

/**
 * Decides which settings git obeys in a work tree: those of the system, of the user's
 * own files and of the environment, and those of the repository's own files if no
 * worker could have written them or what they include. Of all other settings,
 * only harmless ones count. No command that runs files that a worker could have
 * written counts, whoever named it.
 */
export async function obeyedSettings(
  root: string,
  settings: readonly Setting[],
  env: Record<string, string>,
): Promise<ObeyedSettings> {
  const reach = await workerReach(env);
  const place = { root, home: env["HOME"], reach };
  const isTheirs = memoize((file) =>
    couldBeWritten(resolve(root, file), reach)
  );
  const own: Setting[] = [];
  const refused = new Set<string>();
  /** Drivers that do not run, by who defined them. */
  const inTheirs = new Set<string>();
  const inTrusted = new Set<string>();
  const inUsers = new Set<string>();
  let asIs = true;
  for (const setting of settings) {
    const { file, key, scope } = setting;
    const isOwn = !USERS_SCOPES.includes(scope);
    const theirs = file !== null && await isTheirs(file);
    const why = await whyNot(setting, theirs, place);
    if (why !== null) {
      const drivers = !isOwn ? inUsers : theirs ? inTheirs : inTrusted;
      drivers.add(driverOf(key));
      if (why !== "") {
        refused.add(
          `${describe(key)} of ${file ?? "the environment"} (${why})`,
        );
      }
    }
    if (!isOwn) continue;
    const included = includedFile(setting, env);
    if (theirs || included !== null && await isTheirs(included)) asIs = false;
    const counts = !theirs || HARMLESS.test(key) || isLfsCommand(setting);
    if (counts && !SAID_ELSEWHERE.test(key)) own.push(setting);
  }
  // A git option cannot name these.
  if ([...inTrusted].some((driver) => driver.includes("="))) asIs = false;
  const takenBack = new Set([...asIs ? inTrusted : [], ...inUsers]);
  return {
    own: asIs ? null : own.filter(({ key }) => !inTrusted.has(driverOf(key))),
    overrides: [...takenBack].flatMap(withoutDriver),
    elsewhere: [...new Set([...inTheirs, ...inTrusted, ...inUsers])]
      .flatMap(withoutDriver),
    refused: [...refused],
  };
}

/** Why a command of the configuration does not run: in words, or empty if it never does; `null` if it does, or is not a command. */
async function whyNot(
  setting: Setting,
  theirs: boolean,
  place: CommandPlace,
): Promise<string | null> {
  const { key, value } = setting;
  if (HOOK.test(key)) return "";
  if (RUN_ELSEWHERE.test(key)) return theirs ? "" : null;
  if (!RUN_BY_GIT.test(key) || !value || isLfsCommand(setting)) return null;
  if (theirs) return "a worker could have written that file";
  return await isUsersProgram(value, place)
    ? null
    : "it runs what a worker could have written";
}

function isLfsCommand({ key, value }: Setting): boolean {
  return RUN_BY_GIT.test(key) && value !== null && isLfs(value);
}

/** Whether a worker could have written a file, or what it points to. */
export async function couldBeWritten(
  path: string,
  reach: WorkerReach,
): Promise<boolean> {
  return reach.covers(path) || reach.covers(await realPathSoFar(path));
}

/** The file that a setting includes, as git finds it, whether or not it exists. */
function includedFile(
  { key, value, file }: Setting,
  env: Record<string, string>,
): string | null {
  if (!/^include(if\..*)?\.path$/s.test(key) || !value) return null;
  const path = value.replace(/^~(?=\/)/, env["HOME"] ?? "~");
  return isAbsolute(path) ? path : join(dirname(file ?? "/"), path);
}

/** The `filter.name`, `merge.name` or `hook.name` part of a key; for any other, the key itself. */
function driverOf(key: string): string {
  const { section, subsection } = splitKey(key);
  return subsection !== null && /^(filter|merge|hook)$/.test(section)
    ? `${section}.${subsection}`
    : key;
}

/** The setting that replaces it: a filter that does nothing, git's own merge, a disabled hook. */
function withoutDriver(driver: string): Override[] {
  if (driver === "core.hookspath") return [[driver, "/dev/null"]];
  if (driver === "core.fsmonitor") return [[driver, "false"]];
  if (driver.startsWith("hook.")) return [[`${driver}.enabled`, "false"]];
  if (driver.startsWith("merge.")) {
    return [[`${driver}.driver`, "git merge-file -q %A %O %B"]];
  }
  return [
    [`${driver}.clean`, ""],
    [`${driver}.smudge`, ""],
    [`${driver}.process`, ""],
    [`${driver}.required`, "false"],
  ];
}

function describe(key: string): string {
  const { section, subsection } = splitKey(key);
  const kind = section === "merge" ? "merge driver" : "filter";
  return `${kind} ${JSON.stringify(subsection)}`;
}

function memoize(
  ask: (name: string) => Promise<boolean>,
): (name: string) => Promise<boolean> {
  const answers = new Map<string, Promise<boolean>>();
  return (name) => {
    const known = answers.get(name) ?? ask(name);
    answers.set(name, known);
    return known;
  };
}
