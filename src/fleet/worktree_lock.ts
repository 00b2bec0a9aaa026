import { dirname } from "@std/path";
import { acquireLock, type Lock, tryAcquireLock } from "../workspace/lock.ts";

/** The file whose lock tells who is at work in a worktree; it lies beside it. */
function lockFile(path: string): string {
  return `${path}.lock`;
}

/** Keeps a worktree from being removed: for runs, of which several may share it. */
export async function holdWorktree(path: string): Promise<Lock> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  for (;;) {
    const file = lockFile(path);
    // A shared lock makes no file.
    (await Deno.open(file, { write: true, create: true, mode: 0o600 })).close();
    try {
      const lock = await acquireLock(file, { shared: true });
      if (await lock.isCurrent()) return lock;
      lock.release();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** A worktree that nobody else uses. With the worktree goes the file of its lock. */
export type WorktreeClaim = Disposable;

/** Claims a worktree for whoever merges or removes it; `null` while a run is at work in it, or another claims it. */
export async function claimWorktree(
  path: string,
): Promise<WorktreeClaim | null> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = lockFile(path);
  const lock = await tryAcquireLock(file);
  if (lock === null) return null;
  if (!await lock.isCurrent()) {
    lock.release();
    return await claimWorktree(path);
  }
  return {
    [Symbol.dispose]() {
      if (!isThere(path)) forget(file);
      lock.release();
    },
  };
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
