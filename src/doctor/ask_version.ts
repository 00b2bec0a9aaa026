import { runCommand } from "../system/command.ts";
import { type Finding, ok, problem, problemOf } from "./finding.ts";
import {
  isOlder,
  type Version,
  versionIn,
  versionWords,
} from "../system/program_versions.ts";
import { requireProgram } from "../system/find_program.ts";

/** What a program must be able to do. */
export interface VersionDemand {
  program: "tmux" | "git";
  argument: "-V" | "--version";
  oldest: Version;
  /** What an older version lacks; this follows the word "it". */
  lack: string;
  env: Record<string, string>;
  signal: AbortSignal;
}

/** Checks that a program exists, runs, and is new enough. A version without a number, such as that of a development build, counts as new. */
export async function askVersion(demand: VersionDemand): Promise<Finding> {
  const { program, argument, env, signal } = demand;
  let path: string;
  try {
    path = requireProgram(env, program, "start runs");
  } catch (error) {
    return problemOf(program, error, `install ${program}`);
  }
  const output = await runCommand(program, [argument], { env, signal });
  const words = output.stdout.trim();
  if (output.code !== 0) {
    const said = output.stderr.trim() || `exit code ${output.code}`;
    return problem(
      program,
      `${path} does not run: "${said}"`,
      `repair or install ${program} again`,
    );
  }
  if (isOlder(versionIn(words), demand.oldest)) {
    return problem(
      program,
      `"${words}" (${path}) is too old: it ${demand.lack}`,
      `install ${program} ${versionWords(demand.oldest)} or later`,
    );
  }
  return ok(program, `${words} (${path})`);
}
