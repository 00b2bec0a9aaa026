import { fromFileUrl, resolve } from "@std/path";
import { compileProgram } from "../../src/install/compile_program.ts";
import { ensureCompileRuntime } from "./tools.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/**
 * Compiles a program, named from the root of the project, as the `compile` task
 * compiles agentctl; where Deno's own runtime cannot be had, on that of an npm
 * package.
 */
export async function compile(entry: string, output: string): Promise<void> {
  await compileProgram(resolve(ROOT, entry), output, {
    checkout: ROOT,
    env: await compileEnvironment(),
  });
}

/** The environment of this process, with a runtime for `deno compile`. */
export async function compileEnvironment(): Promise<Record<string, string>> {
  const runtime = await ensureCompileRuntime();
  const env = Deno.env.toObject();
  return runtime === null ? env : { ...env, DENORT_BIN: runtime };
}
