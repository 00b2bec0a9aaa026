import { dirname, isAbsolute, join, relative, resolve } from "@std/path";
import { launcherText, selfCommand } from "../../system/self_command.ts";
import { infoAt, realPathAt } from "../../files/exists.ts";
import { insteadOfAbsent } from "../../system/ignore.ts";

/**
 * Whether a shell in a folder that runs `agentctl` starts this very program: a
 * worker may have put another program of that name into a folder on PATH, and
 * its calls would then pass as ours. True if there is none.
 */
export async function isOwnProgram(
  env: Record<string, string>,
  cwd: string,
): Promise<boolean> {
  for (const folder of (env["PATH"] ?? "").split(":")) {
    const path = join(resolve(cwd, folder), "agentctl");
    const info = await infoAt(path);
    if (!info?.isFile || ((info.mode ?? 0o111) & 0o111) === 0) continue;
    return await isSelf(path, cwd);
  }
  return true;
}

async function isSelf(path: string, cwd: string): Promise<boolean> {
  const { argv } = selfCommand();
  const [real, folder, base] = await Promise.all(
    [path, dirname(path), cwd].map(async (path) =>
      await realPathAt(path) ?? path
    ),
  );
  if (real === undefined || folder === undefined || base === undefined) {
    return false;
  }
  const isProgram = argv.length === 1 && argv[0] === real;
  if (isProgram && real === join(folder, "agentctl")) return true;
  // A link or a script in the session's folder may be replaced at any moment.
  const inside = relative(base, folder);
  if (!inside.startsWith("..") && !isAbsolute(inside)) return false;
  return isProgram ||
    await Deno.readTextFile(path).catch(
        insteadOfAbsent("", "a program that cannot be read is not ours"),
      ) === launcherText(argv);
}
