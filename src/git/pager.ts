import { type CommandOptions, runCommand } from "../system/command.ts";
import { programEnvironment } from "../system/program_environment.ts";
import { workerReach } from "../system/worker_reach.ts";
import { couldBeWritten } from "./obeyed_settings.ts";
import { parseSettings } from "./settings_list.ts";
import { isUsersProgram } from "./users_program.ts";

/**
 * The pager that git would use, given the user's own settings and environment;
 * empty if git does not say. If a worker could have written one of the files that
 * hold the settings, such as a `~/.gitconfig` that is a link into a repository, or
 * what the pager runs, only the environment counts.
 */
export async function gitPager(
  whole: Record<string, string>,
): Promise<string> {
  const { env } = programEnvironment(whole);
  // Repositories have no say in this.
  const options = { env: { ...env, GIT_DIR: "/dev/null" }, cwd: "/" };
  const list = ["config", "--list", "--show-scope", "--show-origin", "-z"];
  const settings = parseSettings(
    (await runCommand("git", list, options)).stdout,
  );
  const reach = await workerReach(env);
  const fallback = env["GIT_PAGER"] ?? env["PAGER"] ?? "less";
  for (const file of new Set(settings.map(({ file }) => file))) {
    if (file !== null && await couldBeWritten(file, reach)) return fallback;
  }
  // We do not ask git again: what it includes may have changed.
  const configured = settings.findLast(({ key }) => key === "core.pager");
  const pager = env["GIT_PAGER"] ?? configured?.value ?? env["PAGER"] ??
    await defaultPager(options);
  // There is no work tree.
  const place = { root: "/dev/null", home: env["HOME"], reach };
  return await isUsersProgram(pager, place) ? pager : fallback;
}

/** The pager that git was built with. */
async function defaultPager(options: CommandOptions): Promise<string> {
  const { stdout } = await runCommand("git", ["var", "GIT_PAGER"], {
    ...options,
    env: {
      ...options.env,
      ...{ GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
    },
  });
  return stdout.trim();
}
