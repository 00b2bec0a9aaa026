import { openPlain } from "./bounded_read.ts";
import { refuseLink } from "./refuse_link.ts";
import { delay } from "../system/delay.ts";
import { infoAt } from "./exists.ts";
import { instead } from "../system/ignore.ts";

/** A held lock. The kernel releases it when the process ends, however that happens. */
export interface Lock extends Disposable {
  release(): void;
  /** Whether the file still has its name, and has not been removed in the meantime. */
  isCurrent(): Promise<boolean>;
}

export interface LockOptions {
  /** Whether several may hold it together, but not together with an exclusive holder. */
  shared?: boolean;
}

/**
 * Waits, without polling, until the lock on a file is free, and takes it.
 * The file is created if it is missing, unless the lock is shared: commands that
 * only read have no write permission.
 *
 * Throws `Deno.errors.NotFound` for a shared lock on a missing file.
 */
export async function acquireLock(
  path: string,
  options: LockOptions = {},
): Promise<Lock> {
  const file = await openLockFile(path, options);
  try {
    await file.lock(!options.shared);
  } catch (error) {
    file.close();
    throw error;
  }
  return heldLock(file, path);
}

/** Takes the lock if it is free now; `null` if somebody holds it. */
export async function tryAcquireLock(
  path: string,
  options: LockOptions = {},
): Promise<Lock | null> {
  const file = await openLockFile(path, options);
  try {
    if (await tryLock(file, path, !options.shared)) return heldLock(file, path);
  } catch (error) {
    file.close();
    throw error;
  }
  file.close();
  return null;
}

/**
 * Takes a lock that is likely to be free within a time, in milliseconds; `null` if it
 * is not free by then.
 */
export async function acquireLockSoon(
  path: string,
  timeMs: number,
): Promise<Lock | null> {
  const end = Date.now() + timeMs;
  for (;;) {
    const lock = await tryAcquireLock(path);
    if (lock !== null || Date.now() >= end) return lock;
    await delay(LOOK_AGAIN_MS);
  }
}

/** How often to look whether a lock is free that is waited for only so long. */
const LOOK_AGAIN_MS = 50;

/** Whether somebody holds the lock exclusively. Nobody holds a missing file. */
export async function isLocked(path: string): Promise<boolean> {
  try {
    const lock = await tryAcquireLock(path, { shared: true });
    lock?.release();
    return lock === null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function openLockFile(
  path: string,
  options: LockOptions,
): Promise<Deno.FsFile> {
  if (options.shared) return await openPlain(path, {});
  await refuseLink(path);
  return await Deno.open(path, {
    read: true,
    write: true,
    create: true,
    mode: 0o600,
  });
}

/** How long a runtime without `tryLock` (Deno before 2.8) waits for a free lock. */
const FREE_LOCK_MS = 100;

/**
 * Requests that such a runtime has left pending, by file. Each blocks one of
 * the 32 threads that Deno has for files until the lock is free; with none
 * left, nothing can be read or written any more.
 */
const leftBehind = new Set<string>();
const MAX_LEFT_BEHIND = 12;

async function tryLock(
  file: Deno.FsFile,
  path: string,
  exclusive: boolean,
): Promise<boolean> {
  if ("tryLock" in file && typeof file.tryLock === "function") {
    return await file.tryLock(exclusive);
  }
  const request = `${exclusive} ${path}`;
  // While an earlier request waits, somebody holds the lock.
  if (leftBehind.has(request) || leftBehind.size >= MAX_LEFT_BEHIND) {
    return false;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const gaveUp = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), FREE_LOCK_MS);
  });
  leftBehind.add(request);
  const granted = file.lock(exclusive).then(
    () => true as const,
    instead(false as const, "a lock that cannot be had is not free"),
  ).finally(() => leftBehind.delete(request));
  const result = await Promise.race([granted, gaveUp]);
  clearTimeout(timer);
  return result;
}

function heldLock(file: Deno.FsFile, path: string): Lock {
  let held = true;
  const release = () => {
    if (!held) return;
    held = false;
    file.close();
  };
  return {
    release,
    [Symbol.dispose]: release,
    async isCurrent() {
      const [own, named] = await Promise.all([
        file.stat(),
        infoAt(path),
      ]);
      return named !== null && named.ino === own.ino && named.dev === own.dev;
    },
  };
}
