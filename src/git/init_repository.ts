import { environmentError } from "../system/errors.ts";
import { git } from "./git_command.ts";
import type { GitCall } from "./git_call.ts";
import { findRepository } from "./repository.ts";

/** The first commit of a new repository. */
export interface FirstCommit {
  message: string;
  name: string;
  email: string;
}

/**
 * Makes a folder a repository and commits everything in it to the branch
 * `main`, unsigned and by nobody in particular. Throws an `environment` error
 * if git refuses.
 */
export async function initRepository(
  folder: string,
  { message, name, email }: FirstCommit,
  env: Record<string, string>,
): Promise<void> {
  const what = `Cannot make a repository of "${folder}"`;
  await git(what, ["init", "--quiet", "--initial-branch=main"], {
    env,
    cwd: folder,
  });
  const repository = await findRepository(folder, env);
  if (repository === null) {
    throw environmentError(`${what}: git does not find it there`);
  }
  const call: GitCall = {
    env,
    cwd: repository.root,
    repository,
    writesIndex: true,
    settings: [
      `user.name=${name}`,
      `user.email=${email}`,
      "commit.gpgSign=false",
    ],
  };
  await git(what, ["add", "--all"], call);
  await git(what, ["commit", "--quiet", "--message", message], call);
}
