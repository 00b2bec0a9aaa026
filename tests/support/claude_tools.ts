import { ensureDir, exists } from "@std/fs";
import { fromFileUrl, join } from "@std/path";

const CLAUDE_VERSION = "2.1.197";

/** Programs that tests download; the folder ignores itself in git. */
const CACHE_DIR = fromFileUrl(new URL("../.cache", import.meta.url));

let claude: Promise<string | null> | undefined;

/**
 * Makes sure that the Claude Code of the tests is there, and returns the folder
 * to put first on PATH. `null`, with a word on stderr why, where npm is missing
 * or has no package for this system: tests that need it are then skipped.
 */
export function ensureClaude(): Promise<string | null> {
  return claude ??= installClaude().catch((error) => {
    Deno.stderr.writeSync(
      new TextEncoder().encode(
        `Tests with the real Claude Code are skipped: ${error.message}\n`,
      ),
    );
    return null;
  });
}

async function installClaude(): Promise<string> {
  const dir = join(CACHE_DIR, `claude-${CLAUDE_VERSION}`);
  const bin = join(dir, "node_modules", ".bin");
  const program = join(bin, "claude");
  if (await exists(program)) return bin;
  await ensureDir(CACHE_DIR);
  await Deno.writeTextFile(join(CACHE_DIR, ".gitignore"), "*\n");
  using lock = await Deno.open(join(CACHE_DIR, "lock"), {
    write: true,
    create: true,
  });
  await lock.lock(true);
  if (await exists(program)) return bin;
  const staging = await Deno.makeTempDir({
    dir: CACHE_DIR,
    prefix: "staging-",
  });
  try {
    await npmInstall(staging);
    await checkVersion(join(staging, "node_modules", ".bin", "claude"));
    await removeIfThere(dir);
    await Deno.rename(staging, dir);
  } finally {
    await removeIfThere(staging);
  }
  return bin;
}

async function npmInstall(dir: string): Promise<void> {
  const spec = `@anthropic-ai/claude-code@${CLAUDE_VERSION}`;
  const { success, words } = await run("npm", [
    ...["install", "--prefix", dir],
    ...["--no-audit", "--no-fund", "--no-save", spec],
  ]);
  if (!success) {
    throw new Error(`Cannot install ${spec}; install Node.js (${words})`);
  }
}

/** npm is content where the package for this system is missing, and leaves a program that only says so. */
async function checkVersion(program: string): Promise<void> {
  const { success, words } = await run(program, ["--version"]);
  if (!success || !words.startsWith(CLAUDE_VERSION)) {
    throw new Error(
      `Cannot use Claude Code ${CLAUDE_VERSION} on this system (${words})`,
    );
  }
}

/** Runs a program; `words` is what it printed, or the end of what it complained of. */
async function run(
  program: string,
  args: string[],
): Promise<{ success: boolean; words: string }> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args,
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(success ? stdout : stderr).trim();
    return { success, words: success ? text : text.slice(-500) };
  } catch (error) {
    return { success: false, words: String(error) };
  }
}

async function removeIfThere(dir: string): Promise<void> {
  if (await exists(dir)) await Deno.remove(dir, { recursive: true });
}
