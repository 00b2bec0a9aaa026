import { dirname } from "@std/path";
import { realPathSoFar } from "../system/real_path.ts";

/** The folders of a run that matter to Codex. */
export interface RunFolders {
  cwd: string;
  worktree: { repository: string } | null;
}

/** The folders whose settings Codex may obey for a run: its own, that of its worktree's repository, and all above them. */
export async function foldersWithSettings(
  { cwd, worktree }: RunFolders,
): Promise<string[]> {
  const named = [cwd, ...worktree ? [worktree.repository] : []];
  const real = await Promise.all(named.map(realPathSoFar));
  return [...new Set([...named, ...real].flatMap(upwards))];
}

/** A folder and all above it. */
export function upwards(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
}
