import { basename, join } from "@std/path";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { wasTouched } from "../system/was_touched.ts";
import type { GitCall, Repository } from "./git_call.ts";
import { git, runGit, spawnGit } from "./git_command.ts";
import { linkInfoAt } from "../files/exists.ts";
import { insteadOfAbsent } from "../system/ignore.ts";

/** Files that git does not see because of lines added to a `.gitignore` since a snapshot. */
export interface HiddenFiles {
  /** Paths from the top level; a folder that is ignored as a whole ends with a slash. */
  paths: string[];
  /** Whether the list is complete. */
  complete: boolean;
  /** Everything that is ignored, for whatever reason, as far as the list was read. */
  ignored: string[];
}

export interface HiddenOptions {
  /** The scratch folder with which the snapshot was taken. */
  scratch: string;
  env: Record<string, string>;
  signal?: AbortSignal;
  /** When the snapshot was taken, in milliseconds since 1970: ignore files that are missing from it, because they ignore themselves, are new only if they have been touched since. */
  since?: number;
  /** What {@linkcode readExclude} returned when the snapshot was taken. */
  exclude?: string;
  /** Folders that are not looked into. */
  except?: readonly string[];
  /** How many paths to return. */
  most?: number;
  /** How long to look, in milliseconds. */
  timeoutMs?: number;
}

/** How much of the list of new and ignored files is read. */
const MOST_BYTES = 1 << 20;
/** How many ignore files are read. */
const MOST_SOURCES = 200;

/**
 * Lists what is now ignored only because of ignore files in the work tree, or lines
 * of them, that were added since the snapshot `before`: what is hidden from the
 * diff of a run, from its stat and from its commit. It leaves out what was already
 * ignored for the same reason (`node_modules`, builds), and what the user's own
 * ignore files name. It stops at the time limit, and does not look into folders
 * that are ignored as a whole. Throws an `environment` error if git refuses.
 */
export async function listHiddenFiles(
  repository: Repository,
  before: string,
  {
    scratch,
    env,
    signal,
    since = 0,
    exclude,
    except = [],
    most = 100,
    timeoutMs = 10_000,
  }: HiddenOptions,
): Promise<HiddenFiles> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const call: GitCall = {
    env,
    cwd: repository.root,
    repository,
    scratch,
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  };
  try {
    const ignored = await listIgnored(repository, call, except);
    const reasons = await reasonsOf(ignored.paths, call, exclude !== undefined);
    const sources = [...new Set(reasons.map(({ source }) => source))];
    const known = await knownLines(
      before,
      sources.slice(0, MOST_SOURCES),
      call,
      { since, exclude },
    );
    const hidden = reasons.filter(({ source, pattern }) =>
      known.get(source)?.(pattern) === false
    ).map(({ path }) => path);
    return {
      paths: hidden.slice(0, most),
      complete: ignored.complete && sources.length <= MOST_SOURCES &&
        hidden.length <= most,
      ignored: ignored.paths,
    };
  } catch (error) {
    if (timeout.aborted && !signal?.aborted) {
      return { paths: [], complete: false, ignored: [] };
    }
    throw error;
  }
}

/** What is ignored in the folder of the repository. */
async function listIgnored(
  { prefix }: Repository,
  call: GitCall,
  except: readonly string[],
): Promise<{ paths: string[]; complete: boolean }> {
  const enough = new AbortController();
  const child = await spawnGit([
    ...["status", "--porcelain", "-z", "--no-renames"],
    // `ls-files --ignored --directory` misses some of these.
    ...["--ignored=matching", "--untracked-files=all"],
    ...["--ignore-submodules=all", "--"],
    ...prefix === "" ? [] : [`:(top,literal)${prefix}`],
    ...except.filter(Boolean).map((path) => `:(exclude,top,literal)${path}`),
  ], {
    ...call,
    signal: call.signal
      ? AbortSignal.any([call.signal, enough.signal])
      : enough.signal,
  });
  const words = new Response(child.stderr).text();
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MOST_BYTES) break;
  }
  const complete = text.length <= MOST_BYTES;
  if (!complete) enough.abort();
  await Promise.all([child.status, words]);
  call.signal?.throwIfAborted();
  const lines = text.split("\0").slice(0, -1);
  const ignored = lines.filter((line) => line.startsWith("!! "));
  return { paths: ignored.map((line) => line.slice(3)), complete };
}

interface Reason {
  path: string;
  /** The ignore file, from the top level. */
  source: string;
  pattern: string;
}

/** The line of an ignore file in the work tree, or of `info/exclude`, that makes git ignore each path, without paths that other files make it ignore. */
async function reasonsOf(
  paths: string[],
  call: GitCall,
  withExclude: boolean,
): Promise<Reason[]> {
  if (paths.length === 0) return [];
  const output = await runGit(
    ["check-ignore", "--verbose", "--no-index", "-z", "--stdin"],
    { ...call, stdin: paths.map((path) => `${path}\0`).join("") },
  );
  const fields = output.stdout.split("\0");
  const reasons: Reason[] = [];
  for (let index = 0; index + 3 < fields.length; index += 4) {
    const [source = "", , pattern = "", path = ""] = fields.slice(index);
    const isOwn = basename(source) === ".gitignore" && !source.startsWith("/");
    if (isOwn || withExclude && isExclude(source)) {
      reasons.push({ path, source, pattern });
    }
  }
  return reasons;
}

/** For each ignore file, whether it had a line in the snapshot. */
async function knownLines(
  before: string,
  sources: string[],
  call: GitCall,
  { since, exclude = "" }: { since: number; exclude?: string },
): Promise<Map<string, (line: string) => boolean>> {
  const known = new Map<string, (line: string) => boolean>();
  for (const source of sources.filter(isExclude)) {
    known.set(source, lookIn(exclude));
  }
  const ignoreFiles = sources.filter((source) => !known.has(source));
  if (ignoreFiles.length === 0) return known;
  const listing = await git("Cannot look for ignore files", [
    ...["ls-tree", "-z", "--full-tree", before, "--", ...ignoreFiles],
  ], call);
  const ids = new Map(
    listing.split("\0").filter((line) => line !== "").map((line) => {
      const tab = line.indexOf("\t");
      return [line.slice(tab + 1), line.slice(0, tab).split(" ")[2] ?? ""];
    }),
  );
  for (const source of ignoreFiles) {
    const id = ids.get(source);
    if (id === undefined) {
      const info = await linkInfoAt(join(call.cwd, source));
      const isOld = info !== null && !wasTouched(info, since);
      known.set(source, () => isOld);
      continue;
    }
    const { stdout } = await runGit(["cat-file", "blob", id], call);
    known.set(source, lookIn(stdout));
  }
  return known;
}

function lookIn(text: string): (line: string) => boolean {
  const lines = new Set(text.split(/\r?\n/));
  return (line) => lines.has(line);
}

/** The ignore file that a repository has outside its work tree. */
function isExclude(source: string): boolean {
  return /(?:^|\/)info\/exclude$/.test(source);
}

/** The current content of the repository's `info/exclude`. */
export async function readExclude(
  { common_dir }: Repository,
): Promise<string> {
  return await readTextBounded(join(common_dir, "info", "exclude"), {
    maxBytes: MAX_BYTES.settings,
  }).catch(insteadOfAbsent("", "a missing info/exclude excludes nothing"));
}
