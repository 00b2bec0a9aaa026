import { dirname, join } from "@std/path";
import { isWithin, realPathSoFar } from "./real_path.ts";
import { ignoreUnlessAbsent, tryOr } from "./ignore.ts";

/** What workers of runs, past and present, could have written. */
export interface WorkerReach {
  /** Whether a worker could have written the file or folder; the path must be a real path. */
  covers(path: string): boolean;
  /** Reads it again if it has grown. */
  version: string;
}

/** A folder in which a worker may write. */
export interface WorkerFolder {
  folder: string;
  /** What the sandbox kept read-only in it, such as `.git`. */
  kept: string[];
}

/** Where Codex's sandbox lets every worker write, besides TMPDIR. */
const TEMPORARY = "/tmp";

/** Where the folders are noted, in the home folder: a JSON object per line, appended and never changed. */
function notesPath(env: Record<string, string>): string | null {
  const home = env["HOME"];
  return home ? join(home, ".ai-orch", "worker_folders.jsonl") : null;
}

/** What is known but not noted, because this process may only read. */
let held: readonly WorkerFolder[] = [];

/** Treats further folders as noted, for as long as this process lives. */
export function holdWorkerFolders(folders: readonly WorkerFolder[]): void {
  held = folders;
  known = undefined;
}

let known: { path: string; size: number; folders: WorkerFolder[] } | undefined;

/**
 * What workers could have written: the folders that {@linkcode noteWorkerFolders}
 * has noted and everything below them, and the system's temporary folders.
 * Without HOME, or if the notes cannot be read, that is everything.
 */
export async function workerReach(
  env: Record<string, string>,
): Promise<WorkerReach> {
  const folders = notedWorkerFolders(env);
  if (folders === null) return { covers: () => true, version: "all" };
  const temporary = await temporaryFolders(env);
  return {
    version: String(folders.length),
    covers: (path) =>
      temporary.some((folder) => isWithin(path, folder)) ||
      folders.some(({ folder, kept }) =>
        isWithin(path, folder) && !kept.some((other) => isWithin(path, other))
      ),
  };
}

/**
 * Notes where the worker of a run may write, before it starts. The note stays:
 * what a worker has written outlives its run. Throws if it cannot be written.
 */
export async function noteWorkerFolders(
  env: Record<string, string>,
  folders: readonly WorkerFolder[],
): Promise<void> {
  const path = notesPath(env);
  if (path === null) return;
  const noted = notedWorkerFolders(env);
  const same = (one: WorkerFolder, other: WorkerFolder) =>
    one.folder === other.folder && String(one.kept) === String(other.kept);
  const lines = folders.filter((entry) =>
    !isWithin(entry.folder, TEMPORARY) &&
    !noted?.some((note) => same(note, entry))
    // With a line break before it too, so that a truncated note does not spoil another.
  ).map(({ folder, kept }) => `\n${JSON.stringify({ folder, kept })}\n`);
  if (lines.length === 0) return;
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(path, lines.join(""), { append: true, mode: 0o600 });
}

/** The folders in which workers have run; `null` if that is unknown. */
export function notedWorkerFolders(
  env: Record<string, string>,
): WorkerFolder[] | null {
  const path = notesPath(env);
  if (path === null) return null;
  try {
    const { size } = Deno.statSync(path);
    // It only ever grows.
    if (known?.path === path && known.size === size) return known.folders;
    const lines = Deno.readTextFileSync(path).split("\n");
    const noted = lines.map(parseNote).filter((note) => note !== null);
    const folders = [...noted, ...held];
    known = { path, size, folders };
    return folders;
  } catch (error) {
    ignoreUnlessAbsent(error, "without notes, every folder counts as reached");
    return error instanceof Deno.errors.NotFound ? [...held] : null;
  }
}

/** `null` for a truncated note, whose run never started. */
function parseNote(line: string): WorkerFolder | null {
  const why = "a truncated note belongs to a run that never started";
  return tryOr(
    () => {
      const { folder, kept } = JSON.parse(line);
      return typeof folder === "string" && Array.isArray(kept)
        ? { folder, kept: kept.map(String) }
        : null;
    },
    null,
    why,
  );
}

async function temporaryFolders(
  env: Record<string, string>,
): Promise<string[]> {
  const named = [TEMPORARY, env["TMPDIR"] ?? ""].filter((path) =>
    path.startsWith("/")
  );
  return [...named, ...await Promise.all(named.map(realPathSoFar))]
    .map((path) => path.replace(/(?<=.)\/+$/, ""));
}
