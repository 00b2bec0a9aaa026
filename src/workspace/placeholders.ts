import { join } from "@std/path";
import * as z from "zod/mini";
import { thisHost, whereabouts } from "../system/host.ts";
import { once } from "../system/once.ts";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { MAX_BYTES } from "../files/bounded_read.ts";
import { exists, linkInfoAt } from "../files/exists.ts";
import { acquireLock, acquireLockSoon, isLocked } from "../files/lock.ts";
import { unlessThere } from "../files/make_new.ts";
import { readJson } from "../files/read_json.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { hostSchema } from "./host_schema.ts";

/** Folders that exist for as long as somebody needs them. */
export interface Placeholders extends AsyncDisposable {
  release(): Promise<void>;
}

const holderSchema = once(() =>
  z.object({
    paths: z.array(z.string()),
    host: z.optional(hostSchema()),
  })
);

const BOUNDS = { maxBytes: MAX_BYTES.settings };

const SUFFIX = ".json";

/** How long others may take; what is left then goes when the next run begins or ends. */
const OTHERS_MS = 5_000;

/**
 * Makes empty folders where there is nothing, and removes each when its last
 * holder has released it or died, unless something has been put into it in the
 * meantime. What was there before stays.
 *
 * `leftovers` are not made, but are removed likewise if others leave them.
 * `registry` is a folder that all holders, of any workspace, share. Throws
 * whatever prevents making a folder.
 */
export async function holdPlaceholders(
  registry: string,
  paths: readonly string[],
  leftovers: readonly string[] = [],
  { othersMs = OTHERS_MS } = {},
): Promise<Placeholders> {
  if (paths.length + leftovers.length === 0) return holder(async () => {});
  await Deno.mkdir(registry, { recursive: true, mode: 0o700 });
  using _registry = await acquireLock(join(registry, "lock"));
  const claimed = await sweep(registry);
  const name = crypto.randomUUID();
  const file = join(registry, name + SUFFIX);
  const lockFile = join(registry, `${name}.lock`);
  const lock = await acquireLock(lockFile);
  const own: string[] = [];
  try {
    for (const path of [...paths, ...leftovers]) {
      if (!claimed.has(path) && await exists(path)) continue;
      own.push(path);
    }
    // The note first, so that nothing is left behind if we die in between.
    await writeJsonAtomic(file, {
      paths: own,
      host: await thisHost(),
    }, { durable: false });
    for (const path of own.filter((path) => paths.includes(path))) {
      await Deno.mkdir(path, { mode: 0o755 }).catch(unlessThere);
    }
  } catch (error) {
    lock.release();
    await sweep(registry);
    throw error;
  }
  return holder(async () => {
    using own = await acquireLockSoon(join(registry, "lock"), othersMs);
    lock.release();
    if (own !== null) await sweep(registry);
  });
}

/** Removes what dead holders have left behind. */
export async function sweepPlaceholders(registry: string): Promise<void> {
  try {
    using own = await acquireLockSoon(join(registry, "lock"), OTHERS_MS);
    if (own !== null) await sweep(registry);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Removes what nobody holds any more; returns what is still held. The caller must hold the lock of the registry. */
async function sweep(registry: string): Promise<Set<string>> {
  const held = new Set<string>();
  const left: string[] = [];
  for await (const entry of Deno.readDir(registry)) {
    if (!entry.name.endsWith(SUFFIX)) continue;
    const file = join(registry, entry.name);
    const lockFile = file.slice(0, -SUFFIX.length) + ".lock";
    const { paths = [], host = null } =
      await readJson(file, holderSchema, BOUNDS) ?? {};
    // Nobody but its own machine knows whether the lock is held.
    if (
      await isLocked(lockFile) ||
      host !== null && whereabouts(host, await thisHost()) === "elsewhere"
    ) {
      for (const path of paths) held.add(path);
      continue;
    }
    left.push(...paths);
    await removeQuietly(file);
    await removeQuietly(lockFile);
  }
  // A folder comes before what is inside it.
  for (const path of left.toReversed()) {
    // A folder that is not empty is now in use.
    if (!held.has(path)) await removeEmpty(path);
  }
  return held;
}

async function removeEmpty(path: string): Promise<void> {
  const info = await linkInfoAt(path);
  if (info?.isDirectory) await removeQuietly(path);
}

function holder(end: () => Promise<void>): Placeholders {
  let ended: Promise<void> | undefined;
  const release = () => ended ??= end();
  return { release, [Symbol.asyncDispose]: release };
}
