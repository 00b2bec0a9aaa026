import { dirname } from "@std/path";
import {
  acquireLock,
  isLocked,
  type Lock,
  tryAcquireLock,
} from "../files/lock.ts";
import { linkInfoAtSync } from "../files/exists.ts";
import { delay } from "../system/delay.ts";
import { ignoreUnlessAbsent } from "../system/ignore.ts";

/** The file whose lock says who is using a worktree; it is next to the worktree. */
function lockFile(path: string): string {
  return `${path}.lock`;
}

/** How long a run waits for a command that merges or removes its worktree, which may be large. */
const REMOVING_MS = 120_000;

/** Keeps a worktree from being removed; for runs, several of which may share it. */
export async function holdWorktree(path: string): Promise<Lock> {
  const lock = await takeLock(path, async (file) => {
    // A shared lock does not create a file. Opening for reading and writing never waits, whatever is there.
    const options = { read: true, write: true, create: true, mode: 0o600 };
    (await Deno.open(file, options)).close();
    return await acquireLock(file, { shared: true, patienceMs: REMOVING_MS });
  });
  if (lock) return lock;
  throw new Error(`Cannot lock "${path}"`);
}

/** A worktree that nobody else uses. The file of its lock is removed with it. */
export type WorktreeClaim = Disposable;

/** Claims a worktree in order to merge or remove it; `null` while a run is using it, or somebody else has claimed it. */
export async function claimWorktree(
  path: string,
): Promise<WorktreeClaim | null> {
  const lock = await takeLock(path, (file) => tryAcquireLock(file));
  return lock && {
    [Symbol.dispose]() {
      if (linkInfoAtSync(path) === null) forget(lockFile(path));
      lock.release();
    },
  };
}

/** How long a command waits for another one that has claimed the same worktree. */
const OTHERS_MS = 10_000;
const LOOK_AGAIN_MS = 50;

/**
 * Like {@linkcode claimWorktree}, but waits a moment for another command; `null` if
 * a run is using the worktree, or the command does not end.
 */
export async function claimWorktreeSoon(
  path: string,
): Promise<WorktreeClaim | null> {
  const end = Date.now() + OTHERS_MS;
  for (let byRuns = 0;;) {
    const claim = await claimWorktree(path);
    if (claim !== null) return claim;
    // Only runs share it. Somebody who is looking for that, as we do, seems to be one.
    byRuns = await isLocked(lockFile(path)) ? 0 : byRuns + 1;
    if (byRuns === 3 || Date.now() >= end) return null;
    await delay(LOOK_AGAIN_MS);
  }
}

/** Takes the lock of a worktree; its last holder may have removed its file, and its folder, meanwhile. */
async function takeLock(
  path: string,
  take: (file: string) => Promise<Lock | null>,
): Promise<Lock | null> {
  for (;;) {
    await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      const lock = await take(lockFile(path));
      if (lock === null || await lock.isCurrent()) return lock;
      lock.release();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Removes the file of a lock, and the folder of the repository's worktrees if that was the last one. */
function forget(file: string): void {
  try {
    Deno.removeSync(file);
    Deno.removeSync(dirname(file));
  } catch (error) {
    ignoreUnlessAbsent(error, "the folder stays for other worktrees");
  }
}
