import { spawnEnvironment, spawnError, writeAndClose } from "./command.ts";
import { type ProgramName, programPath } from "./find_program.ts";

/** How to start a program that gets this terminal. */
export interface TerminalProgram {
  env: Record<string, string>;
  cwd?: string;
  /** Its standard input; without it, the terminal. */
  input?: string;
}

/**
 * Hands this terminal over to a program and waits for its end; returns its exit
 * code. Meanwhile Ctrl-C is for the program. Throws an `environment` error if it is
 * not installed.
 */
export async function runInTerminal(
  program: ProgramName,
  args: readonly string[],
  { env, cwd, input }: TerminalProgram,
): Promise<number> {
  const ignore = () => {};
  Deno.addSignalListener("SIGINT", ignore);
  try {
    const child = new Deno.Command(programPath(program, env), {
      args: [...args],
      cwd,
      env: spawnEnvironment(env),
      clearEnv: true,
      stdin: input === undefined ? "inherit" : "piped",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    const writing = input === undefined
      ? undefined
      : writeAndClose(child.stdin, input);
    const [{ code }] = await Promise.all([child.status, writing]);
    return code;
  } catch (error) {
    throw spawnError(program, error, cwd);
  } finally {
    Deno.removeSignalListener("SIGINT", ignore);
  }
}
