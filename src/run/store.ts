import { didYouMean } from "../text/suggestion.ts";
import { join } from "@std/path";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import {
  AgentctlError,
  cannot,
  messageOf,
  notFoundError,
  usageError,
} from "../system/errors.ts";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { entriesIn } from "../files/entries_in.ts";
import { exists } from "../files/exists.ts";
import { isLocked } from "../files/lock.ts";
import { type Workspace, workspacePaths } from "../workspace/workspace.ts";
import { isRunId, parseRunId, type RunId, timeOfRunId } from "./id.ts";
import { parseRecord, type RunRecord } from "./record.ts";
import { delay } from "../system/delay.ts";
import { instead } from "../system/ignore.ts";
import { firstThree } from "../text/wording.ts";

/** What a run keeps in its folder. */
const NAMES = {
  record: "meta.json",
  prompt: "prompt.md",
  events: "events.jsonl",
  stderr: "stderr.log",
  /** The JSON-RPC messages exchanged with Codex. */
  rpc: "rpc.jsonl",
  output: "output.json",
  diff: "diff.patch",
  /** What the check printed. */
  verify: "verify.log",
  /** What the set-up of the worktree printed. */
  setup: "setup.log",
  /** What became of the worktree after the run. */
  worktree: "worktree.json",
  /** A file for each run that changed the same files at the same time and ended later. */
  overlaps: "overlaps",
  /** An empty file for each run that worked in the same repository at the same time. */
  peers: "peers",
  /** When its commands ran, for other runs in the same folder. */
  commands: "commands.jsonl",
  lock: "lock",
  env: "env.json",
  /** Where others leave requests for the supervisor, such as to stop. */
  requests: "requests",
  /** Messages for the worker, with their receipts. */
  messages: "messages",
  /** What the worker has asked, with the answers. */
  questions: "questions",
  /** Where git keeps the baseline while the run lasts. */
  scratch: "git",
  /** What a confined check, or a confined set-up, may write. */
  check: "check",
  setUp: "set-up",
  /** Disk space reserved for the final record. */
  reserve: "reserve",
};

/** The files of a run, as absolute paths. */
export type RunFiles = { folder: string } & typeof NAMES;

/** The files of a run in its workspace. */
export function runFiles(workspace: Workspace, id: RunId): RunFiles {
  return runFilesIn(join(workspacePaths.runs(workspace), id));
}

/** The files of a run whose folder this is. */
export function runFilesIn(folder: string): RunFiles {
  const files = { folder, ...NAMES };
  for (const name of Object.keys(NAMES) as (keyof typeof NAMES)[]) {
    files[name] = join(folder, NAMES[name]);
  }
  return files;
}

/** There is no run with that id. */
export class RunNotFound extends AgentctlError {
  override name = "RunNotFound";
  constructor(message: string) {
    super("not_found", message);
  }
}

/** The record of a run does not parse; the file is left alone. */
export class CorruptRecord extends AgentctlError {
  override name = "CorruptRecord";
  constructor(readonly runId: string, readonly path: string, cause: unknown) {
    super(
      "environment",
      `Cannot read run "${runId}": "${path}" is damaged: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** A folder without a record belongs to a run that is being removed, or that an earlier agentctl is making, or is damaged. */
const MISSING_RETRIES = 5;
const MISSING_RETRY_MS = 50;

/**
 * Reads a run's record. Throws {@linkcode RunNotFound} if there is no such
 * run, {@linkcode CorruptRecord} if it does not parse.
 */
export async function readRecord(
  workspace: Workspace,
  id: RunId,
): Promise<RunRecord> {
  const files = runFiles(workspace, id);
  let text: string | null = null;
  for (let attempt = 1; text === null; attempt++) {
    try {
      text = await readRecordText(files);
    } catch (error) {
      const isMissing = error instanceof Deno.errors.NotFound;
      if (isMissing && !await exists(files.folder)) throw notFound(id);
      if (!isMissing || attempt > MISSING_RETRIES) {
        if (isMissing && await isUnmade(files)) throw notFound(id);
        throw new CorruptRecord(id, files.record, error);
      }
      await delay(MISSING_RETRY_MS);
    }
  }
  try {
    const record = parseRecord(JSON.parse(text));
    if (record.run_id !== id) {
      throw new Error(`it belongs to run "${record.run_id}"`);
    }
    return record;
  } catch (error) {
    throw new CorruptRecord(id, files.record, error);
  }
}

function notFound(id: RunId): RunNotFound {
  return new RunNotFound(
    `Cannot find run "${id}": list the runs with "agentctl list"`,
  );
}

/** What a run has before it has its record; whatever else is there came from its supervisor. */
const BEFORE_RECORD = /^(lock|prompt\.md|env\.json|requests|\..*\.tmp)$/;

/**
 * Whether an earlier agentctl was killed while it made the run: there never was
 * a record, and nobody holds the lock any more.
 */
export async function isUnmade(files: RunFiles): Promise<boolean> {
  if (await exists(files.record) || !await exists(files.lock)) return false;
  const entries = await entriesIn(files.folder);
  return entries.every(({ name }) => BEFORE_RECORD.test(name)) &&
    !await isLocked(files.lock);
}

/**
 * Reads the record of a run that may be about to be made or removed, as it is,
 * without waiting. Throws whatever is wrong with it.
 */
export async function readStoredRecord(files: RunFiles): Promise<RunRecord> {
  return parseRecord(JSON.parse(await readRecordText(files)));
}

async function readRecordText({ folder, record }: RunFiles): Promise<string> {
  // A link could lead out of the store.
  if ((await Deno.lstat(folder)).isSymlink) {
    throw new Error("its folder is a link");
  }
  return await readTextBounded(record, { maxBytes: MAX_BYTES.record });
}

/** Replaces a run's record. The caller must hold the run's lock. */
export async function writeRecord(
  workspace: Workspace,
  record: RunRecord,
  options: { durable: boolean } = { durable: true },
): Promise<void> {
  const files = runFiles(workspace, parseRunId(record.run_id));
  await writeJsonAtomic(files.record, record, options);
}

/** The shortest part of an id, other than its beginning, that names a run. */
const LEAST_PART = 3;

/** The ids of all runs, in no particular order. */
export async function listRunIds(workspace: Workspace): Promise<RunId[]> {
  const entries = await entriesIn(workspacePaths.runs(workspace))
    .catch((error) => {
      throw cannot("list runs", error);
    });
  return entries.filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name).filter(isRunId);
}

/**
 * Finds the run of an id, or of an unambiguous part of one: its beginning, its end,
 * or any other part of at least three characters. Throws {@linkcode RunNotFound}, or a `usage`
 * error for what cannot be an id, is part of several, or is only shown (see
 * `older_runs.ts`).
 */
export async function resolveRunId(
  workspace: Workspace,
  text: string,
): Promise<RunId> {
  const id = parseRunId(text);
  if (await exists(runFiles(workspace, id).folder)) return id;
  const ids = await listRunIds(workspace);
  // A digit or two would hit a run by chance.
  const isLong = id.length >= LEAST_PART;
  const begun = ids.filter((other) => other.startsWith(id));
  const ended = isLong ? ids.filter((other) => other.endsWith(id)) : [];
  const [what, matches] = begun.length + ended.length > 0
    ? [
      ended.length === 0 ? "begin like this" : "begin or end like this",
      [...new Set([...begun, ...ended])],
    ]
    : ["contain this", isLong ? ids.filter((other) => other.includes(id)) : []];
  const [match, ...others] = matches;
  if (match !== undefined && others.length === 0) return match;
  if (match !== undefined) {
    throw usageError(
      `Cannot tell which run "${id}" is: ${matches.length} ids ${what} (${
        firstThree(matches)
      }); give more of the id`,
    );
  }
  const { refuseOlderRun } = await import("./older_runs.ts");
  await refuseOlderRun(workspace, id);
  const none = ids.length > 0 ? "no id is like it" : "there are no runs";
  throw notFoundError(
    `Cannot find run "${id}" in workspace "${workspace.root}": ${
      didYouMean(id, ids, none)
    }; list the runs with "agentctl list"`,
  );
}

/** The ids of all runs, newest first. An id that a user gave holds no time, so its record decides. */
export async function newestFirst(workspace: Workspace): Promise<RunId[]> {
  const ids = (await listRunIds(workspace)).sort().reverse();
  const timed = await Promise.all(ids.map(async (id) => {
    const time = timeOfRunId(id);
    if (time !== null) return { id, key: time };
    const record = await readRecord(workspace, id).catch(
      instead(null, "a run whose record cannot be read counts as the oldest"),
    );
    const key = record?.created_at.replace(/\D/g, "").slice(0, 17) ?? "";
    return { id, key };
  }));
  return timed.sort((a, b) => a.key < b.key ? 1 : a.key > b.key ? -1 : 0).map((
    { id },
  ) => id);
}
