import { basename, dirname, extname, join } from "@std/path";
import { environmentError } from "../system/errors.ts";
import { runProgram, wordsOf } from "./run_program.ts";
import { withStaging } from "./staging.ts";

export interface CompileOptions {
  /** The folder with the sources; its `deno.json` holds the permissions. */
  checkout: string;
  /** `DENORT_BIN` in it names the runtime for `deno compile`. */
  env: Record<string, string>;
  /** The platform, as `deno compile --target` names it; without it, this one. */
  target?: string;
}

/**
 * Compiles a program into one file that has the permissions of `deno.json`.
 *
 * Without a code cache: Deno keeps that in the temporary folder, where a
 * worker or another user can put code that the next start executes. Split into
 * chunks, of which each command loads its own, the program starts as fast
 * without. The chunks are made beside the output, so that nobody changes them
 * on the way either.
 *
 * Throws an `environment` error with the words of Deno if it cannot be compiled.
 */
export async function compileProgram(
  entry: string,
  output: string,
  { checkout, env, target }: CompileOptions,
): Promise<void> {
  const name = basename(output);
  await withStaging(dirname(output), async (staging) => {
    const bundle = join(staging, "bundle");
    const deno = async (cwd: string, args: string[]) => {
      const end = await runProgram(Deno.execPath(), args, cwd, env);
      if (end.success) return;
      throw environmentError(`Cannot compile ${name}: ${wordsOf(end.stderr)}`);
    };
    await deno(checkout, [
      ...["bundle", "-q", "--config", join(checkout, "deno.json")],
      ...["--code-splitting", "--minify", "--outdir", bundle, entry],
    ]);
    await Deno.writeTextFile(
      join(bundle, "deno.json"),
      await compileSettings(checkout),
    );
    await deno(bundle, [
      ...["compile", "-q", "-P", "--no-prompt", "--no-check"],
      ...["--no-code-cache", "--include", "."],
      ...target === undefined ? [] : ["--target", target],
      ...["-o", join(staging, name), `${basename(entry, extname(entry))}.js`],
    ]);
    await Deno.rename(join(staging, name), output);
  });
}

/** What `deno compile` needs of `deno.json`: the bundle has no imports and no lock. */
async function compileSettings(checkout: string): Promise<string> {
  const path = join(checkout, "deno.json");
  const { compile, permissions } = JSON.parse(await Deno.readTextFile(path));
  return JSON.stringify({ compile, permissions, workspace: [] });
}
