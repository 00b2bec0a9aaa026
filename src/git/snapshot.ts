import type { CommandOutput } from "../system/command.ts";
import { join, relative } from "@std/path";
import { ensureFolder } from "../files/make_new.ts";
import { unlessGone } from "../files/unless_gone.ts";
import {
  type GitCall,
  type Repository,
  scratchIndex,
  scratchObjects,
} from "./git_call.ts";
import { gitError, gitWords, runGit } from "./git_command.ts";
import { NOTHING_ASIDE, pathsAside, type SetAside } from "./set_aside.ts";
import {
  parseSpecialEntries,
  pathspecLine,
  quotePath,
} from "./index_entries.ts";

export interface SnapshotOptions {
  /**
   * A folder for the temporary index and for new objects. All snapshots that will be
   * compared share it, one at a time.
   */
  scratch: string;
  env: Record<string, string>;
  /** Whether new objects go to the repository, to be committed there, instead of the scratch folder. */
  keepObjects?: boolean;
  /** What is left out of the tree. */
  aside?: SetAside;
  /** Called with files that are not in the tree although they should be, in git's words. */
  onLeftOut?: (words: string) => void;
  signal?: AbortSignal;
}

const SETTINGS = [
  // The listing is read as text, so non-ASCII bytes have to be escaped.
  "core.quotePath=true",
  // A line ending that git would convert must not cause an error.
  "core.safecrlf=false",
  "core.ignoreStat=false",
  // Together these make an entry marked "skip worktree" count if its file exists (git 2.37).
  "core.sparseCheckout=true",
  "sparse.expectFilesOutsideOfPatterns=false",
];

/** For short-lived objects, because for big files compression takes most of the time. */
const UNCOMPRESSED = [
  "core.compression=0",
  "core.looseCompression=0",
  "pack.compression=0",
];

/** The calls of one snapshot, and what they have learnt to leave out. */
interface Attempts {
  call: GitCall & { repository: Repository; settings: string[] };
  /** Paths, quoted as by git. */
  excluded: string[];
  addOptions: string[];
  onLeftOut: (words: string) => void;
}

/** How often files may vanish during `git add` (it stops at some of them) before the snapshot is given up. */
const MAXIMUM_ATTEMPTS = 25;

/**
 * Records the folder of the repository as it is on disk (staged, unstaged and
 * untracked alike, without ignored files) and returns the id of a tree of the whole
 * repository, in which only that folder is up to date. It writes only to the scratch
 * folder. Clean filters run as configured, as with every `git add`, unless they
 * fail. For a submodule or embedded repository, its commit counts; one without
 * commits is left out, as are files that cannot be read.
 * Throws an `environment` error if git refuses.
 */
export async function takeSnapshot(
  repository: Repository,
  options: SnapshotOptions,
): Promise<string> {
  // Not recursive: folders above it may have been removed, and must stay so.
  await ensureFolder(options.scratch);
  await ensureFolder(scratchObjects(options.scratch));
  const scratch = await Deno.realPath(options.scratch);
  await copyIndex(join(repository.git_dir, "index"), scratchIndex(scratch));
  const git: Attempts = {
    call: {
      env: options.env,
      cwd: repository.root,
      repository,
      scratch,
      settings: [...SETTINGS, ...options.keepObjects ? [] : UNCOMPRESSED],
      keepObjects: options.keepObjects,
      signal: options.signal,
    },
    excluded: [],
    addOptions: ["--all", "--ignore-errors", "--sparse"],
    onLeftOut: options.onLeftOut ?? (() => {}),
  };
  const entries = parseSpecialEntries(
    await persist(git, () => ["ls-files", "--stage", "-v"]),
  );
  await updateIndex(git, "--no-assume-unchanged", entries.assumedUnchanged);
  await updateIndex(git, "--remove", entries.gitlinks, ({ stderr }) =>
    // Something is no longer a repository: all stay as they are.
    /Unable to process path/.test(stderr));

  // `git add` would run `git status` in every submodule, and with it whatever
  // filter the submodule's configuration names.
  git.excluded.push(...entries.gitlinks);
  const own = relative(repository.root, scratch);
  if (!own.startsWith("..")) git.excluded.push(quotePath(own));
  const { aside = NOTHING_ASIDE } = options;
  const left = git.excluded.length;
  git.excluded.push(...pathsAside(aside).filter(Boolean).map(quotePath));
  const root = repository.prefix;
  if (!aside.folders.includes("")) await addAll(git, root);
  git.excluded.splice(left);
  // Of a folder that is left out, what git tracks still counts.
  git.addOptions = git.addOptions.map((name) =>
    name === "--all" ? "--update" : name
  );
  for (const folder of aside.folders) {
    await addAll(git, folder === "" ? root : folder);
  }

  if (entries.unmerged.length > 0) {
    const listing = await persist(git, () => ["ls-files", "--unmerged", "-v"]);
    await updateIndex(
      git,
      "--force-remove",
      parseSpecialEntries(listing).unmerged,
    );
  }
  return (await persist(git, () => ["write-tree", "--missing-ok"])).trim();
}

/**
 * git suspects a change to any file that is not older than the index, because
 * it may have been changed in the second in which the index was written. So the
 * copy must not be newer than the original.
 */
async function copyIndex(from: string, to: string): Promise<void> {
  await Deno.remove(to, { recursive: true }).catch(unlessGone);
  await Deno.remove(`${to}.lock`, { recursive: true }).catch(unlessGone);
  try {
    const { mtime } = await Deno.stat(from);
    await Deno.copyFile(from, to);
    await Deno.chmod(to, 0o600);
    await Deno.utime(to, mtime ?? new Date(1000), mtime ?? new Date(1000));
  } catch (error) {
    // Nothing was staged yet.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function updateIndex(
  git: Attempts,
  option: string,
  quotedPaths: string[],
  accept?: (output: CommandOutput) => boolean,
): Promise<void> {
  if (quotedPaths.length === 0) return;
  await persist(
    git,
    () => ["update-index", option, "--stdin"],
    () => quotedPaths,
    accept,
  );
}

async function addAll(git: Attempts, path: string): Promise<void> {
  const folder = path === "" ? ":(top)" : pathspecLine(quotePath(path));
  await persist(
    git,
    () => ["add", ...git.addOptions, "--pathspec-from-file=-"],
    () => [folder, ...git.excluded.map((path) => pathspecLine(path, true))],
    // 1: some files could not be added, the others were. No match: the folder
    // is gone, and the index has nothing in it either.
    ({ code, stderr }) => {
      if (code === 1) git.onLeftOut(gitWords(stderr));
      return code === 1 || /pathspec '.*' did not match any file/s.test(stderr);
    },
  );
}

/** Runs git repeatedly, each time without what made it give up, and returns its stdout. */
async function persist(
  git: Attempts,
  args: () => string[],
  lines: () => string[] = () => [],
  accept: (output: CommandOutput) => boolean = () => false,
): Promise<string> {
  for (let attempt = 1;; attempt++) {
    const stdin = lines().map((line) => `${line}\n`).join("");
    const output = await runGit(args(), { ...git.call, stdin });
    if (output.code === 0 || accept(output)) return output.stdout;
    if (attempt === MAXIMUM_ATTEMPTS || !makeEasier(git, output.stderr)) {
      throw gitError(
        `Cannot record the state of "${git.call.repository.folder}"`,
        output.stderr,
      );
    }
  }
}

/** Adapts the next attempt to the reason why the last one failed; false if that is impossible. */
function makeEasier(git: Attempts, stderr: string): boolean {
  // Before git 2.34.
  if (/unknown option .sparse/.test(stderr)) {
    git.addOptions = git.addOptions.filter((option) => option !== "--sparse");
    return true;
  }
  // A file that is not in its `working-tree-encoding`.
  const path =
    /(?:failed to encode|BOM is (?:prohibited|required) in|fatal: encoding) '(.+?)' (?:from|if)/
      .exec(stderr)?.[1];
  if (path) {
    git.excluded.push(quotePath(path));
    git.onLeftOut(gitWords(stderr));
    return true;
  }
  // A file that vanished at the wrong moment.
  return /No such file or directory|Not a directory|Is a directory/.test(
    stderr,
  );
}
