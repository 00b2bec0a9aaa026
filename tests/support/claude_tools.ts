import { join } from "@std/path";
import { cachedFolder } from "./tools.ts";

const CLAUDE_VERSION = "2.1.197";

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
  const bin = join("node_modules", ".bin");
  const program = join(bin, "claude");
  const folder = await cachedFolder(
    `claude-${CLAUDE_VERSION}`,
    program,
    async (staging) => {
      await npmInstall(staging);
      await checkVersion(join(staging, program));
    },
  );
  return join(folder, bin);
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
