import { prepareRun } from "../fleet/start.ts";
import { findProgram } from "../system/find_program.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, problemOf } from "./finding.ts";

/** The name of {@linkcode checkStart}. */
export const START_CHECK = "runs.start";

/**
 * Goes the way of `agentctl start` in the current folder, with the settings as they
 * are, up to where it would write. What that needs of programs and settings other
 * checks have tried.
 */
export async function* checkStart(
  { caller, open, codex }: Examination,
): AsyncGenerator<Finding> {
  const { workspace, configError } = await open();
  const isMissing = (["tmux", "git"] as const)
    .some((program) => findProgram(caller.env, program) === null);
  const asked = await codex();
  if (configError !== null || isMissing || asked === null) return;
  try {
    await prepareRun(
      { workspace, caller },
      { prompt: new TextEncoder().encode("A run that is never made") },
      asked.capabilities,
    );
    yield ok(START_CHECK, `A run can start in "${caller.cwd}"`);
  } catch (error) {
    yield problemOf(
      START_CHECK,
      error,
      "correct what the message names",
    );
  }
}
