import type { Repository } from "./git_call.ts";
import { git } from "./git_command.ts";

/**
 * The files of a work tree that git does not track and that the patterns of a file
 * (in the form of `.gitignore`) name, including ignored ones, as paths from the top
 * level. Files in nested repositories are left out.
 */
export async function listUntracked(
  repository: Repository,
  patternFile: string,
  env: Record<string, string>,
): Promise<string[]> {
  const output = await git(
    `Cannot look for the files that "${patternFile}" names`,
    [
      "ls-files",
      "--others",
      "--ignored",
      `--exclude-from=${patternFile}`,
      "-z",
    ],
    { env, cwd: repository.root, repository },
  );
  return output.split("\0").filter((path) =>
    path !== "" && !path.endsWith("/")
  );
}
