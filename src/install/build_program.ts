import { join } from "@std/path";
import { environmentError } from "../system/errors.ts";
import { shellQuote } from "../system/shell.ts";

/** What Deno says when it cannot get the runtime that it puts into a program. */
const NO_RUNTIME = /Setting up base binary|dl\.deno\.land|failed to download/i;

export interface BuildOptions {
  /** The folder with the sources. */
  checkout: string;
  /** `DENORT_BIN` in it names the runtime for `deno compile`. */
  env: Record<string, string>;
}

/**
 * Compiles the program. Where the runtime for that cannot be downloaded,
 * writes a launcher: a script that starts the program from its sources, with
 * the same permissions. Throws an `environment` error if it does not compile
 * or does not start.
 */
export async function buildProgram(
  path: string,
  { checkout, env }: BuildOptions,
): Promise<"compiled" | "launcher"> {
  const deno = Deno.execPath();
  const compiled = await run(
    deno,
    [
      ...["compile", "-q", "-P", "--bundle", "--minify", "--no-prompt"],
      ...["-o", path, join(checkout, "src", "main.ts")],
    ],
    checkout,
    env,
  );
  if (!compiled.success) {
    if (!NO_RUNTIME.test(compiled.stderr)) {
      throw environmentError(
        `Cannot compile agentctl: ${wordsOf(compiled.stderr)}`,
      );
    }
    await Deno.writeTextFile(path, launcherText(deno, checkout));
    await Deno.chmod(path, 0o755);
  }
  const tried = await run(path, ["--help"], checkout, env);
  if (!tried.success) {
    throw environmentError(
      `Cannot install agentctl: it does not start: ${wordsOf(tried.stderr)}`,
    );
  }
  return compiled.success ? "compiled" : "launcher";
}

/** What Deno says, without the addresses where it was. */
function wordsOf(stderr: string): string {
  return (stderr.split("\nStack backtrace:", 1)[0] ?? "").trim();
}

function launcherText(deno: string, checkout: string): string {
  const config = shellQuote(join(checkout, "deno.json"));
  const program = shellQuote(join(checkout, "src", "main.ts"));
  return `#!/bin/sh
# Starts agentctl from its sources. Written by its installer.
exec ${
    shellQuote(deno)
  } run -q -P --no-prompt --config ${config} ${program} "$@"
`;
}

async function run(
  program: string,
  args: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<{ success: boolean; stderr: string }> {
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
