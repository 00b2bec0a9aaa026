import { openPlain } from "./bounded_read.ts";
import { refuseLink } from "./refuse_link.ts";
import { delay, inTime } from "../system/delay.ts";
import { AgentctlError } from "../system/errors.ts";
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

/** Another process has held a lock for longer than any use of it takes. */
export class LockBusy extends AgentctlError {
  override name = "LockBusy";
  constructor(path: string, patienceMs: number) {
    super(
      "environment",
      `Cannot lock "${path}": another process has held it for ${
        Math.round(patienceMs / 1_000)
      }s; if it is stopped, continue or end it ("fuser ${path}" names it)`,
    );
  }
}

/** How long to wait for a lock that is held only for moments, in milliseconds. */
const PATIENCE_MS = 30_000;

/**
 * Takes the lock on a file as soon as it is free. The wait is bounded, because
 * the holder may be stopped (Ctrl-Z), or may be a machine that is gone: throws
 * {@linkcode LockBusy} after `patienceMs`, 30 seconds by default.
 *
 * The file is created if it is missing, unless the lock is shared: commands that
 * only read have no write permission. Throws `Deno.errors.NotFound` for a shared
 * lock on a missing file.
 */
export async function acquireLock(
  path: string,
  { patienceMs = PATIENCE_MS, ...options }: LockOptions & {
    patienceMs?: number;
  } = {},
): Promise<Lock> {
  const lock = await acquireLockSoon(path, patienceMs, options);
  if (lock === null) throw new LockBusy(path, patienceMs);
  return lock;
}

/**
 * Like {@linkcode acquireLock}, but waits without polling and without a bound, and
 * blocks one of the 32 threads that Deno has for files. Only for waiting until the
 * holder ends, beside other work: a command must be able to return before.
 */
export async function awaitLock(
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

/** Takes the lock if it is free within a time, in milliseconds; `null` if it is not. */
export async function acquireLockSoon(
  path: string,
  timeMs: number,
  options: LockOptions = {},
): Promise<Lock | null> {
  // Not by the clock: this process may be stopped meanwhile, too.
  for (let waited = 0;;) {
    const lock = await tryAcquireLock(path, options);
    if (lock !== null || waited >= timeMs) return lock;
    // After a long wait, a little more does not matter.
    const pause = Math.min(Math.max(2, waited / 20), LONGEST_PAUSE_MS);
    await delay(pause);
    waited += pause;
  }
}

/** The longest time between two looks whether a lock is free. */
const LONGEST_PAUSE_MS = 500;

/**
 * Whether somebody holds the lock exclusively, and does not release it within
 * `timeMs`. Nobody holds a missing file.
 */
export async function isLocked(path: string, timeMs = 0): Promise<boolean> {
  try {
    const lock = await acquireLockSoon(path, timeMs, { shared: true });
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
  leftBehind.add(request);
  const granted = file.lock(exclusive).then(
    () => true as const,
    instead(false as const, "a lock that cannot be had is not free"),
  ).finally(() => leftBehind.delete(request));
  return await inTime(granted, FREE_LOCK_MS, false);
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
