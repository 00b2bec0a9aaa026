import { join } from "@std/path";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { MAX_BYTES } from "../files/bounded_read.ts";
import { entriesIn } from "../files/entries_in.ts";
import { exists } from "../files/exists.ts";
import { acquireLock, type Lock, tryAcquireLock } from "../files/lock.ts";
import { readJson } from "../files/read_json.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { unlessGone } from "../files/unless_gone.ts";
import { type Host, thisHost } from "../system/host.ts";
import { usageError } from "../system/errors.ts";
import { ignore } from "../system/ignore.ts";
import { hostSchema } from "../workspace/host_schema.ts";
import {
  ensureState,
  type Workspace,
  workspacePaths,
} from "../workspace/workspace.ts";
import { isRunId, type RunId, timeOfRunId } from "./id.ts";
import type { LiveRecord } from "./record.ts";
import { isElsewhere } from "./run_host.ts";
import { forgetSeen } from "./seen.ts";
import { type RunFiles, runFiles, runFilesIn } from "./store.ts";

/**
 * A run that is being made, in a folder beside those of the runs: nobody sees a
 * run before it is whole. Disposing it only releases its lock.
 */
export interface NewRun extends Disposable {
  id: RunId;
  /** The files while it is being made. */
  files: RunFiles;
  /** The lock of the run, held, before and after it is published. */
  lock: Lock;
  /** The machine that makes it. */
  host: Host;
  /** Makes it one of the runs, with everything in its folder. */
  publish(record: LiveRecord): Promise<void>;
  /** Removes it, published or not. */
  discard(): Promise<void>;
}

/**
 * Begins to make a run. Throws a `usage` error if a given id is taken; without
 * one, tries ids until one is free.
 */
export async function beginRun(
  workspace: Workspace,
  id: RunId | undefined,
  nextId: () => RunId,
): Promise<NewRun> {
  for (;;) {
    const candidate = id ?? nextId();
    const lock = await tryBegin(workspace, candidate);
    if (lock !== null) {
      const host = await thisHost();
      // So that another machine does not take its lock for free.
      await Deno.writeTextFile(
        filesInMaking(workspace, candidate).lock,
        `${JSON.stringify(host)}\n`,
      );
      // Another run may have had a name that a user gave.
      if (timeOfRunId(candidate) === null) {
        await forgetSeen(workspace, candidate);
      }
      return newRun(workspace, candidate, lock, host);
    }
    if (id !== undefined) {
      throw usageError(
        `Cannot start run: run id "${id}" is taken; choose another`,
      );
    }
  }
}

/** Makes the folder and takes its lock; `null` if the id is taken. */
async function tryBegin(
  workspace: Workspace,
  id: RunId,
): Promise<Lock | null> {
  const files = filesInMaking(workspace, id);
  for (;;) {
    try {
      await Deno.mkdir(files.folder, { mode: 0o700 });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) {
        await ensureState(workspace);
        await Deno.mkdir(workspacePaths.making(workspace), {
          recursive: true,
          mode: 0o700,
        });
        continue;
      }
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      if (await sweep(files)) continue;
      return null;
    }
    if (await exists(runFiles(workspace, id).folder)) {
      await removeQuietly(files.folder, { recursive: true });
      return null;
    }
    try {
      const lock = await acquireLock(files.lock);
      // Somebody may have taken the folder for one that was left behind.
      if (await lock.isCurrent()) return lock;
      lock.release();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

function newRun(
  workspace: Workspace,
  id: RunId,
  lock: Lock,
  host: Host,
): NewRun {
  const files = filesInMaking(workspace, id);
  return {
    id,
    files,
    lock,
    host,
    async publish(record) {
      await writeJsonAtomic(files.record, record);
      const publish = () =>
        Deno.rename(files.folder, runFiles(workspace, id).folder);
      await publish().catch(async (error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        // Somebody has removed the folder of all runs.
        await ensureState(workspace);
        await publish();
      });
    },
    async discard() {
      await putAway(workspace, runFiles(workspace, id).folder);
      await removeQuietly(files.folder, { recursive: true });
    },
    [Symbol.dispose]: () => lock.release(),
  };
}

/** The files of a run that is being made. */
export function filesInMaking(workspace: Workspace, id: RunId): RunFiles {
  return runFilesIn(join(workspacePaths.making(workspace), id));
}

/** The runs that are being made, or whose makers died. */
export async function idsInMaking(workspace: Workspace): Promise<RunId[]> {
  return (await entriesIn(workspacePaths.making(workspace)))
    .map(({ name }) => name).filter(isRunId);
}

/** Removes what is left of runs whose makers died; nobody was told of them. Returns how many. */
export async function sweepUnmade(workspace: Workspace): Promise<number> {
  const ids = await idsInMaking(workspace);
  const swept = await Promise.all(
    ids.map((id) => sweep(filesInMaking(workspace, id))),
  );
  return swept.filter(Boolean).length;
}

/** A maker says at once which machine it is on. */
const NAMELESS_MS = 60_000;

/** `false` if somebody is making the run, or may be on another machine. */
async function sweep({ folder, lock: path }: RunFiles): Promise<boolean> {
  try {
    const host = await readJson(path, hostSchema, {
      maxBytes: MAX_BYTES.note,
    });
    if (host === null) {
      const age = Date.now() -
        ((await Deno.stat(folder)).mtime?.getTime() ?? 0);
      if (age < NAMELESS_MS) return false;
    } else if (await isElsewhere({ host })) return false;
    using lock = await tryAcquireLock(path);
    if (lock === null) return false;
    await removeQuietly(folder, { recursive: true });
  } catch (error) {
    ignore(error, "somebody else removed it, or it cannot be removed");
  }
  return !await exists(folder);
}

/** Removes the folder of a run, if it is there: in one step, so that nobody ever sees half of it. */
export async function putAway(
  workspace: Workspace,
  folder: string,
): Promise<void> {
  if (!await exists(folder)) return;
  const trash = workspacePaths.trash(workspace);
  await Deno.mkdir(trash, { recursive: true, mode: 0o700 });
  const place = join(trash, crypto.randomUUID());
  await Deno.rename(folder, place).catch(unlessGone);
  await removeQuietly(place, { recursive: true });
}
