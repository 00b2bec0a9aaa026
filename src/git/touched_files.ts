import type { GitCall, Repository } from "./git_call.ts";
import { git } from "./git_command.ts";
import { listOthers } from "./list_others.ts";

/**
 * The files of a repository that seem to differ from its index: those that have been
 * touched, and those that git does not track. No content is read, and no filter runs.
 * Throws an `environment` error if git refuses.
 */
export async function touchedFiles(
  repository: Repository,
  options: Pick<GitCall, "env" | "signal">,
): Promise<string[]> {
  const [listing, others] = await Promise.all([
    git(`Cannot look into "${repository.folder}"`, [
      ...["diff-files", "--name-only", "--no-renames", "-z"],
      "--ignore-submodules=all",
    ], { ...options, cwd: repository.root, repository }),
    listOthers(repository, options),
  ]);
  const touched = listing.split("\0").filter((path) => path !== "");
  return [...new Set([...touched, ...others.files])];
}
