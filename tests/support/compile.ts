import { fromFileUrl, join, resolve } from "@std/path";
import { compileProgram } from "../../src/install/compile_program.ts";
import { builtFolder } from "./built_folder.ts";
import { ensureCompileRuntime } from "./tools.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** agentctl itself. */
const MAIN = "src/main.ts";

/**
 * Compiles a program, named from the root of the project, as the `compile` task
 * compiles agentctl; where Deno's own runtime cannot be had, on that of an npm
 * package. agentctl itself is compiled once for each state of the sources.
 */
export async function compile(entry: string, output: string): Promise<void> {
  if (entry !== MAIN) return await compileTo(entry, output);
  const folder = await builtFolder(
    "binary",
    "agentctl",
    (staging) => compileTo(MAIN, join(staging, "agentctl")),
  );
  await Deno.copyFile(join(folder, "agentctl"), output);
}

async function compileTo(entry: string, output: string): Promise<void> {
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
