import { runCli } from "../../src/cli/run_cli.ts";

/** What a call of agentctl within the test printed. */
export interface CliOutput {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Calls agentctl within the test's own process: for calls that change
 * nothing of it. Read-only commands would drop the test's permission to write.
 */
export async function callCli(
  argv: string[],
  caller: { cwd?: string; env?: Record<string, string> } = {},
): Promise<CliOutput> {
  const printed: string[] = [], said: string[] = [];
  const code = await runCli(
    argv,
    { cwd: caller.cwd ?? "/", env: caller.env ?? {} },
    {
      print: (text) => printed.push(`${text}\n`),
      say: (text) => said.push(`${text}\n`),
    },
  );
  return { code, stdout: printed.join(""), stderr: said.join("") };
}
