import { dirname } from "@std/path";
import { acquireLock, type Lock, tryAcquireLock } from "../files/lock.ts";

/** The file whose lock tells who is at work in a worktree; it lies beside it. */
function lockFile(path: string): string {
  return `${path}.lock`;
}

/** Keeps a worktree from being removed: for runs, of which several may share it. */
export async function holdWorktree(path: string): Promise<Lock> {
  const lock = await takeLock(path, async (file) => {
    // A shared lock makes no file. Opened for both, nothing waits, whatever stands there.
    const options = { read: true, write: true, create: true, mode: 0o600 };
    (await Deno.open(file, options)).close();
    return await acquireLock(file, { shared: true });
  });
  if (lock) return lock;
  throw new Error(`Nobody could lock "${path}"`);
}

/** A worktree that nobody else uses. With the worktree goes the file of its lock. */
export type WorktreeClaim = Disposable;

/** Claims a worktree for whoever merges or removes it; `null` while a run is at work in it, or another claims it. */
export async function claimWorktree(
  path: string,
): Promise<WorktreeClaim | null> {
  const lock = await takeLock(path, (file) => tryAcquireLock(file));
  return lock && {
    [Symbol.dispose]() {
      if (!isThere(path)) forget(lockFile(path));
      lock.release();
    },
  };
}

/** Takes the lock of a worktree; whoever had it before may have removed its file, and its folder, meanwhile. */
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

/** Removes the file of a lock, and the folder of the repository's worktrees if it was the last. */
function forget(file: string): void {
  try {
    Deno.removeSync(file);
    Deno.removeSync(dirname(file));
  } catch {
    // There are others.
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
