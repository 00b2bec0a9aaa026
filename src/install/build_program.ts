import { join } from "@std/path";
import { AgentctlError, environmentError } from "../system/errors.ts";
import { launcherText, sourceCommand } from "../system/self_command.ts";
import { type CompileOptions, compileProgram } from "./compile_program.ts";
import { runProgram, wordsOf } from "./run_program.ts";

/** What Deno says when it cannot download the runtime of compiled programs, or the bundler. */
const NO_RUNTIME = /Setting up base binary|dl\.deno\.land|failed to download/i;

/**
 * Compiles the program. If something that this needs cannot be downloaded,
 * writes a launcher instead: a script that starts the program from its sources,
 * with the same permissions. Throws an `environment` error if it does not
 * compile or does not start.
 */
export async function buildProgram(
  path: string,
  options: Pick<CompileOptions, "checkout" | "env">,
): Promise<"compiled" | "launcher"> {
  const { checkout, env } = options;
  const isCompiled = await compileIfPossible(path, options);
  if (!isCompiled) {
    await Deno.writeTextFile(path, launcherText(sourceCommand(checkout)));
    await Deno.chmod(path, 0o755);
  }
  const tried = await runProgram(path, ["--help"], checkout, env);
  if (!tried.success) {
    throw environmentError(
      `Cannot install agentctl: it does not start: ${wordsOf(tried.stderr)}`,
    );
  }
  return isCompiled ? "compiled" : "launcher";
}

async function compileIfPossible(
  path: string,
  options: Pick<CompileOptions, "checkout" | "env">,
): Promise<boolean> {
  try {
    await compileProgram(
      join(options.checkout, "src", "main.ts"),
      path,
      options,
    );
    return true;
  } catch (error) {
    const isMissing = error instanceof AgentctlError &&
      NO_RUNTIME.test(error.message);
    if (isMissing) return false;
    throw error;
  }
}
