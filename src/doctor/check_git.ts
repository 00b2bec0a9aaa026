import {
  GIT_VERSIONS,
  isOlder,
  MERGING_GIT,
  versionIn,
  versionWords,
} from "../system/program_versions.ts";
import { askVersion } from "./ask_version.ts";
import type { Examination } from "./examination.ts";
import { type Finding, warning } from "./finding.ts";

/** git, and whether it can merge what runs did in their worktrees. */
export async function* checkGit(
  { caller: { env }, signal }: Examination,
): AsyncGenerator<Finding> {
  const version = await askVersion({
    program: "git",
    argument: "--version",
    oldest: GIT_VERSIONS.oldest,
    lack:
      "cannot be kept from obeying settings that a worker could have written",
    env,
    signal,
  });
  yield version;
  if (version.state !== "ok") return;
  if (!isOlder(versionIn(version.message), MERGING_GIT)) return;
  yield warning(
    "git.merge",
    "This git cannot merge histories that have diverged without a work tree, so agentctl merge can only fast-forward",
    `install git ${versionWords(MERGING_GIT)} or later`,
  );
}
