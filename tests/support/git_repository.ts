import { ensureDir } from "@std/fs";
import { dirname, join } from "@std/path";

/** A git repository of a test. */
export interface GitRepository {
  dir: string;
  /** Runs git in the repository and returns stdout. Throws with its words if it fails. */
  git(...args: string[]): Promise<string>;
}

/**
 * Makes a git repository with one commit of the given files (path to text) on
 * branch `main`. Neither the user's nor the machine's git settings have a say,
 * and the same files always give the same commit id.
 */
export async function makeGitRepository(
  dir: string,
  files: Record<string, string> = { "README.md": "# Test\n" },
): Promise<GitRepository> {
  await ensureDir(dir);
  const git = (...args: string[]) => runGit(dir, args);
  await git("init", "--quiet", "--initial-branch", "main");
  // In the repository, so that whoever commits here later needs no other settings.
  await git("config", "user.name", "Test");
  await git("config", "user.email", "test@example.com");
  await git("config", "commit.gpgSign", "false");
  for (const [path, text] of Object.entries(files)) {
    await ensureDir(dirname(join(dir, path)));
    await Deno.writeTextFile(join(dir, path), text);
  }
  await git("add", "--all");
  await git(
    "commit",
    "--quiet",
    "--allow-empty",
    "--message",
    "Initial commit",
  );
  return { dir, git };
}

async function runGit(dir: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("git", {
    args,
    cwd: dir,
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
      HOME: dir,
      LANG: "C.UTF-8",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
      GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
    },
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) {
    throw new Error(
      `git ${args.join(" ")} ended with ${code}: ${decoder.decode(stderr)}`,
    );
  }
  return decoder.decode(stdout);
}
