import { spawnEnvironment, spawnError } from "../../system/command.ts";
import { programPath } from "../../system/find_program.ts";
import type { OrchestratorCall } from "./prepare.ts";

/** Runs Claude Code in this terminal until it ends; returns its exit code. */
export async function runClaude(
  call: OrchestratorCall,
  folder: string,
): Promise<number> {
  // Ctrl-C is for claude, which shares the terminal.
  const ignore = () => {};
  Deno.addSignalListener("SIGINT", ignore);
  try {
    const child = new Deno.Command(programPath("claude", call.env), {
      args: call.args,
      cwd: folder,
      env: spawnEnvironment(call.env),
      clearEnv: true,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    return (await child.status).code;
  } catch (error) {
    throw spawnError("claude", error, folder);
  } finally {
    Deno.removeSignalListener("SIGINT", ignore);
  }
}
