import { AsyncLocalStorage } from "node:async_hooks";

/** An operation that dies at one of its steps, or passes whole. */
export interface Interruption {
  /** Whether it died; otherwise it had fewer steps. */
  died: boolean;
  /** The step that it no longer did, in words. */
  before: string;
}

interface Life {
  left: number;
  dead: boolean;
  before: string;
  died: PromiseWithResolvers<void>;
  files: Set<Deno.FsFile>;
  watchers: Set<Deno.FsWatcher>;
  timers: Set<ReturnType<typeof setInterval>>;
}

const lives = new AsyncLocalStorage<Life>();

/** What changes something on the disk, and what starts a program. */
const CHANGING = [
  ...["mkdir", "rename", "remove", "writeFile", "writeTextFile", "link"],
  ...["symlink", "chmod", "truncate", "utime", "makeTempDir", "makeTempFile"],
] as const;

/**
 * Runs an operation in this process and lets it die instead of its Nth step: a
 * change of a file, or the start of a program. As after SIGKILL, nothing of it goes
 * on, not even what tidies up, and the locks that it held are free.
 */
export async function interrupt(
  step: number,
  operation: () => Promise<unknown>,
): Promise<Interruption> {
  patch();
  const life: Life = {
    left: step,
    dead: false,
    before: "",
    died: Promise.withResolvers(),
    files: new Set(),
    watchers: new Set(),
    timers: new Set(),
  };
  const passed = lives.run(life, operation);
  // What goes wrong in a dead process concerns nobody.
  passed.catch(() => {});
  await Promise.race([passed, life.died.promise]);
  return { died: life.dead, before: life.before };
}

/** Counts a step; once it is dead, nothing ever comes of it. */
function step(words: string): void | Promise<never> {
  const life = lives.getStore();
  if (life === undefined) return;
  if (!life.dead && --life.left <= 0) die(life, words);
  if (life.dead) return new Promise<never>(() => {});
}

function die(life: Life, words: string): void {
  life.dead = true;
  life.before = words;
  for (const file of life.files) closeQuietly(file);
  for (const watcher of life.watchers) closeQuietly(watcher);
  for (const timer of life.timers) clearInterval(timer);
  life.died.resolve();
}

function closeQuietly(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // It was closed already.
  }
}

/** Which file, and in which folder: enough to tell one step from another. */
function words(name: string, args: readonly unknown[]): string {
  const paths = args.filter((arg) => typeof arg === "string");
  const short = paths.slice(0, name === "rename" || name === "link" ? 2 : 1)
    .map((path) =>
      path.split("/").slice(-2).join("/")
        .replace(/\.\d+-\d+-[0-9a-f]{8}\.tmp$/, ".tmp")
        .replace(/\d{8}-\d{6}-[0-9a-z]+/g, "ID")
        .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "UUID")
    );
  return [name, ...short].join(" ");
}

let isPatched = false;

/** Functions by their names, whatever they take: all are wrapped in the same way. */
type Functions = Record<string, (...args: unknown[]) => unknown>;

function patch(): void {
  if (isPatched) return;
  isPatched = true;
  const deno = Deno as unknown as Functions;
  for (const name of CHANGING) {
    const real = deno[name] ?? missing(name);
    deno[name] = async (...args: unknown[]) => {
      await step(words(name, args));
      return await real(...args);
    };
    const sync = `${name}Sync`;
    const realSync = deno[sync] ?? missing(sync);
    deno[sync] = (...args: unknown[]) => {
      if (step(words(sync, args))) throw new Error("it is dead");
      return realSync(...args);
    };
  }
  patchFiles();
  const realWatch = Deno.watchFs;
  Deno.watchFs = (...args) => {
    const watcher = realWatch(...args);
    lives.getStore()?.watchers.add(watcher);
    return watcher;
  };
  const realInterval = globalThis.setInterval;
  globalThis.setInterval = Object.assign(
    (...args: Parameters<typeof realInterval>) => {
      const timer = realInterval(...args);
      lives.getStore()?.timers.add(timer);
      return timer;
    },
    realInterval,
  );
  Deno.Command = class extends Deno.Command {
    override async output() {
      await step("a program");
      return await super.output();
    }
    override spawn() {
      if (step("a program")) throw new Error("it is dead");
      return super.spawn();
    }
  };
}

function missing(name: string): never {
  throw new Error(`Deno has no ${name}`);
}

function patchFiles(): void {
  const realOpen = Deno.open;
  Deno.open = async (path, options = {}) => {
    if (options.createNew || options.create || options.truncate) {
      await step(words("open", [path]));
    }
    const file = await realOpen(path, options);
    const life = lives.getStore();
    if (life?.dead) {
      closeQuietly(file);
      return await new Promise<never>(() => {});
    }
    life?.files.add(file);
    return file;
  };
  const prototype = Deno.FsFile.prototype as unknown as Functions;
  for (const name of ["write", "syncData"]) {
    const real = prototype[name] ?? missing(name);
    prototype[name] = async function (this: Deno.FsFile, ...args: unknown[]) {
      await step(name);
      return await real.apply(this, args);
    };
  }
  for (const name of ["lock", "tryLock"]) {
    const real = prototype[name] ?? missing(name);
    prototype[name] = async function (this: Deno.FsFile, ...args: unknown[]) {
      const granted = await real.apply(this, args);
      // It was granted to a process that is no more.
      if (lives.getStore()?.dead) {
        closeQuietly(this);
        return await new Promise<never>(() => {});
      }
      return granted;
    };
  }
}
