import { join } from "@std/path";
import { cachedFolder } from "./tools.ts";

/** The versions of Claude Code that the tests run, oldest first. */
export const CLAUDE_VERSIONS = ["2.1.197", "2.1.332"] as const;

export type ClaudeVersion = typeof CLAUDE_VERSIONS[number];

export const [OLDEST_CLAUDE, NEWEST_CLAUDE] = CLAUDE_VERSIONS;

/**
 * The versions on which a test runs: the newest and those that it asks for.
 * `AGENTCTL_CLAUDE=all` (or a version) in the environment overrides this.
 */
export function claudeVersions(
  ...also: readonly ClaudeVersion[]
): ClaudeVersion[] {
  const wanted = Deno.env.get("AGENTCTL_CLAUDE");
  if (!wanted) {
    return CLAUDE_VERSIONS.filter((version) =>
      version === NEWEST_CLAUDE || also.includes(version)
    );
  }
  const chosen = CLAUDE_VERSIONS.filter((version) =>
    wanted === "all" || wanted === version
  );
  if (chosen.length > 0) return chosen;
  throw new Error(
    `AGENTCTL_CLAUDE="${wanted}" is not "all" or one of ${
      CLAUDE_VERSIONS.join(", ")
    }`,
  );
}

const installing = new Map<ClaudeVersion, Promise<string | null>>();

/**
 * Makes sure that this Claude Code is there, and returns the folder to put
 * first on PATH. `null`, with a word on stderr why, where npm is missing or has
 * no package for this system: tests that need it are then skipped.
 */
export function ensureClaude(
  version: ClaudeVersion = NEWEST_CLAUDE,
): Promise<string | null> {
  const started = installing.get(version);
  if (started !== undefined) return started;
  const made = installClaude(version).catch((error) => {
    Deno.stderr.writeSync(
      new TextEncoder().encode(
        `Tests with the real Claude Code ${version} are skipped: ${error.message}\n`,
      ),
    );
    return null;
  });
  installing.set(version, made);
  return made;
}

const installed = new Set<ClaudeVersion>();
for (const version of CLAUDE_VERSIONS) {
  if (await ensureClaude(version) !== null) installed.add(version);
}

/** Tests with the real Claude Code are ignored where this version is not to be had. */
export function hasClaude(version: ClaudeVersion = NEWEST_CLAUDE): boolean {
  return installed.has(version);
}

/** A test with the real Claude Code on the newest version and those of `also`. */
export function claudeTest(
  name: string,
  fn: (version: ClaudeVersion) => Promise<void>,
  { also = [] }: { also?: readonly ClaudeVersion[] } = {},
): void {
  for (const version of claudeVersions(...also)) {
    Deno.test({
      name: `${name} (Claude Code ${version})`,
      ignore: !hasClaude(version),
      fn: () => fn(version),
    });
  }
}

async function installClaude(version: ClaudeVersion): Promise<string> {
  const bin = join("node_modules", ".bin");
  const program = join(bin, "claude");
  const folder = await cachedFolder(
    `claude-${version}`,
    program,
    async (staging) => {
      await npmInstall(staging, version);
      await checkVersion(join(staging, program), version);
    },
  );
  return join(folder, bin);
}

async function npmInstall(dir: string, version: string): Promise<void> {
  const spec = `@anthropic-ai/claude-code@${version}`;
  const { success, words } = await run("npm", [
    ...["install", "--prefix", dir],
    ...["--no-audit", "--no-fund", "--no-save", spec],
  ]);
  if (!success) {
    throw new Error(`Cannot install ${spec}; install Node.js (${words})`);
  }
}

/** npm is content where the package for this system is missing, and leaves a program that only says so. */
async function checkVersion(program: string, version: string): Promise<void> {
  const { success, words } = await run(program, ["--version"]);
  if (!success || !words.startsWith(version)) {
    throw new Error(
      `Cannot use Claude Code ${version} on this system (${words})`,
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
