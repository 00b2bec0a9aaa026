import { askVersion } from "./ask_version.ts";
import type { Examination } from "./examination.ts";
import type { Finding } from "./finding.ts";

/** git, of which `git add --pathspec-from-file` (2.25) is the newest part that agentctl needs. */
export async function* checkGit(
  { caller: { env }, signal }: Examination,
): AsyncGenerator<Finding> {
  yield await askVersion({
    program: "git",
    argument: "--version",
    major: 2,
    minor: 25,
    lack:
      "does not take a list of paths (--pathspec-from-file), so agentctl cannot tell what a run changed",
    env,
    signal,
  });
}
