import { runCommand } from "../system/command.ts";
import { workerReach } from "../system/worker_reach.ts";
import { couldBeWritten } from "./obeyed_settings.ts";
import { parseSettings } from "./settings_list.ts";

/**
 * The pager that git would use, given the user's own settings and environment;
 * empty if git does not say. If a worker could have written one of the files that
 * hold the settings, such as a `~/.gitconfig` that is a link into a repository, only
 * the environment counts.
 */
export async function gitPager(env: Record<string, string>): Promise<string> {
  // No repository may have a say.
  const options = { env: { ...env, GIT_DIR: "/dev/null" }, cwd: "/" };
  const list = ["config", "--list", "--show-scope", "--show-origin", "-z"];
  const settings = parseSettings(
    (await runCommand("git", list, options)).stdout,
  );
  const reach = await workerReach(env);
  for (const file of new Set(settings.map(({ file }) => file))) {
    if (file !== null && await couldBeWritten(file, reach)) {
      return env["GIT_PAGER"] ?? env["PAGER"] ?? "less";
    }
  }
  const { stdout } = await runCommand("git", ["var", "GIT_PAGER"], options);
  return stdout.trim();
}
