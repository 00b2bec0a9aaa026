import { askVersion } from "./ask_version.ts";
import type { Examination } from "./examination.ts";
import type { Finding } from "./finding.ts";

/** git; the newest feature that agentctl needs is `git add --pathspec-from-file` (2.25). */
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
