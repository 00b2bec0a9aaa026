import { join } from "@std/path";
import { linkInfoAtSync } from "../files/exists.ts";
import type { GitCall, Repository } from "./git_call.ts";
import { git } from "./git_command.ts";
import { pathsAside, type SetAside } from "./set_aside.ts";

/** Two snapshots with the same scratch folder, and what each leaves out. */
export interface Snapshots {
  before: string;
  after: string;
  asideBefore: SetAside;
  asideAfter: SetAside;
}

/**
 * The first of two snapshots, without files that only the second one leaves out: they
 * would seem to have been deleted. Throws an `environment` error if git refuses.
 */
export async function comparableTree(
  repository: Repository,
  { before, after, asideBefore, asideAfter }: Snapshots,
  options: Pick<GitCall, "env" | "scratch" | "keepObjects" | "signal">,
): Promise<string> {
  const known = new Set(pathsAside(asideBefore));
  const paths = pathsAside(asideAfter).filter((path) => !known.has(path));
  if (paths.length === 0) return before;
  const call: GitCall = { ...options, cwd: repository.root, repository };
  const what = `Cannot compare the states of "${repository.folder}"`;
  const listing = await git(what, [
    ...["diff-tree", "-r", "-z", "--name-only", "--no-renames"],
    ...["--diff-filter=D", before, after, "--"],
    ...paths.map((path) => `:(top,literal)${path}`),
  ], call);
  const left = listing.split("\0").filter((path) =>
    path !== "" && linkInfoAtSync(join(repository.root, path)) !== null
  );
  if (left.length === 0) return before;
  await git(what, ["read-tree", before], call);
  await git(what, ["update-index", "--force-remove", "-z", "--stdin"], {
    ...call,
    stdin: left.map((path) => `${path}\0`).join(""),
  });
  return (await git(what, ["write-tree", "--missing-ok"], call)).trim();
}
