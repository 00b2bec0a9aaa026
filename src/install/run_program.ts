/** How a program ended, and what it said. */
export interface ProgramEnd {
  success: boolean;
  stderr: string;
}

/** Runs a program to its end, without colours, in the given folder and with exactly the given environment. */
export async function runProgram(
  program: string,
  args: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<ProgramEnd> {
  const { success, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { ...env, NO_COLOR: "1" },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return { success, stderr: new TextDecoder().decode(stderr) };
}

/** What Deno says, without the stack trace. */
export function wordsOf(stderr: string): string {
  return (stderr.split("\nStack backtrace:", 1)[0] ?? "").trim();
}
