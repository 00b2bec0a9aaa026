import { join } from "@std/path";
import { inTime } from "../system/delay.ts";
import { messageOf } from "../system/errors.ts";
import { tryAcquireLock } from "../files/lock.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { ignore } from "../system/ignore.ts";
import { existingFolder } from "./existing_folder.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** Like `Deno.watchFs`; a test replaces it with one that refuses, or tells nothing. */
export type Watch = (
  path: string,
) => Pick<Deno.FsWatcher, "close" | typeof Symbol.asyncIterator>;

/** Like {@linkcode tryAcquireLock}. */
export type TryLock = (path: string) => Promise<Disposable | null>;

/** A change is told at once, or never. */
const TOLD_WITHIN_MS = 500;

/**
 * Checks that the system reports changes to files (on Linux through inotify, which
 * has few instances) and, if it may write, that it does so in the workspace, and
 * that a lock which is taken there is held: network file systems may do neither.
 */
export async function* checkWatching(
  { open, mayWrite }: Pick<Examination, "open" | "mayWrite">,
  watch: Watch = (path) => Deno.watchFs(path, { recursive: false }),
  tryLock: TryLock = (path) => tryAcquireLock(path),
): AsyncGenerator<Finding> {
  const { workspace: { state }, missing } = await open();
  const folder = await existingFolder(state);
  let watcher: ReturnType<Watch>;
  try {
    watcher = watch(folder);
  } catch (error) {
    return yield warning(
      "watching",
      `The system cannot watch any more files: ${
        messageOf(error)
      }; agentctl notices the ends of runs by their locks, and everything else later`,
      "raise fs.inotify.max_user_instances and fs.inotify.max_user_watches (sysctl), or end programs that watch many files",
    );
  }
  if (!mayWrite || missing) {
    watcher.close();
    return yield ok("watching", "The system reports changes to files");
  }
  const probe = join(folder, `.doctor-${crypto.randomUUID().slice(0, 8)}.tmp`);
  try {
    const told = isTold(watcher);
    await Deno.writeTextFile(probe, "", { mode: 0o600 });
    yield await told
      ? ok("watching", "Changes in the workspace are told at once")
      : warning(
        "watching",
        `Changes in "${folder}" are not told, as on some network file systems; agentctl looks by itself every few seconds`,
        "keep the workspace on a local disk, or expect everything a few seconds later",
      );
    yield await isHeld(probe, tryLock)
      ? ok("locks", "A lock in the workspace is held")
      : warning(
        "locks",
        `Locks in "${folder}" are not held, as on some network file systems: more runs than max_parallel may start, and ends be missed`,
        "keep the workspace on a file system with locks (AI_ORCH_HOME names another one)",
      );
  } finally {
    watcher.close();
    await removeQuietly(probe);
  }
}

async function isTold(watcher: ReturnType<Watch>): Promise<boolean> {
  const change = watcher[Symbol.asyncIterator]().next().then(() => true);
  return await inTime(change, TOLD_WITHIN_MS, false);
}

/** Whether somebody else would not get the lock now. */
async function isHeld(path: string, tryLock: TryLock): Promise<boolean> {
  try {
    using first = await tryLock(path);
    using second = await tryLock(path);
    return first !== null && second === null;
  } catch (error) {
    ignore(error, "a lock that cannot be had is not held");
    return false;
  }
}
