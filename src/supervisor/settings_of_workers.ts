import { join } from "@std/path";
import { codexHome } from "../codex/profiles.ts";
import { upwards } from "../codex/settings_folders.ts";
import type { RunRecord } from "../run/record.ts";
import { realPathSoFar } from "../system/real_path.ts";
import { workerReach } from "../system/worker_reach.ts";
import { realPathAt } from "../files/exists.ts";
import { isEmptyFolder } from "../files/entries_in.ts";

/**
 * The folders with Codex settings, at or above that of a run, that a worker could
 * have written. In a project that the user trusts, Codex obeys them: it starts the
 * programs that they name, outside its sandbox. Codex keeps those at the top of
 * each folder that a worker may write read-only.
 */
export async function settingsOfWorkers(
  { cwd, worktree }: Pick<RunRecord, "cwd" | "worktree">,
  env: Record<string, string>,
): Promise<string[]> {
  const reach = await workerReach(env);
  const kept = await Promise.all(
    [codexHome(env), ...worktree ? [join(worktree.path, ".codex")] : []]
      .map(realPathSoFar),
  );
  const found: string[] = [];
  for (const folder of upwards(await realPathSoFar(cwd))) {
    const path = join(folder, ".codex");
    const real = await realPathAt(path);
    if (
      real !== null && !kept.includes(real) &&
      (reach.covers(path) || reach.covers(real)) &&
      // Codex itself leaves an empty folder behind if it is killed.
      !await isEmptyFolder(real)
    ) found.push(path);
  }
  return found;
}
