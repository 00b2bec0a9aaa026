import { basename, dirname, extname, join } from "@std/path";
import { entriesIn } from "../files/entries_in.ts";
import { environmentError } from "../system/errors.ts";
import { runProgram, wordsOf } from "./run_program.ts";
import { withStaging } from "./staging.ts";

export interface CompileOptions {
  /** The folder with the sources; its `deno.json` holds the permissions. */
  checkout: string;
  /** `DENORT_BIN` in it names the runtime for `deno compile`. */
  env: Record<string, string>;
  /** The platform, as `deno compile --target` names it; by default this one. */
  target?: string;
}

/** How a program is bundled. */
export interface BundleOptions extends CompileOptions {
  /** Whether each command is a chunk of its own (the default). */
  pieces?: boolean;
}

/**
 * How a bundle is compiled. Without a code cache: Deno keeps that in the
 * temporary folder, where a worker or another user can put code that the next
 * start executes.
 */
export const COMPILE_FLAGS: readonly string[] = [
  ...["-q", "-P", "--no-prompt", "--no-check", "--no-code-cache"],
  ...["--include", "."],
];

/**
 * Compiles a program into one file that has the permissions of `deno.json`.
 * Throws an `environment` error with the words of Deno if that fails.
 */
export async function compileProgram(
  entry: string,
  output: string,
  options: CompileOptions,
): Promise<void> {
  const { env, target } = options;
  // Beside the output: in the temporary folder somebody could change the chunks in the meantime.
  await withStaging(dirname(output), async (staging) => {
    const bundle = join(staging, "bundle");
    const binary = join(staging, basename(output));
    const main = await bundleProgram(entry, bundle, options);
    await runDeno(
      [
        ...["compile", ...COMPILE_FLAGS, "-o", binary],
        ...target === undefined ? [] : ["--target", target],
        main,
      ],
      bundle,
      env,
    );
    await Deno.rename(binary, output);
  });
}

/**
 * Bundles a program and what `deno compile` needs to know about it into a new
 * folder, and returns the name of its first file. In chunks, so that each
 * command loads only its own: the program starts as fast without a code cache
 * as in one piece with it.
 */
export async function bundleProgram(
  entry: string,
  folder: string,
  { checkout, env, pieces = true }: BundleOptions,
): Promise<string> {
  const config = join(checkout, "deno.json");
  await runDeno(
    [
      ...["bundle", "-q", "--config", config],
      ...pieces ? ["--code-splitting"] : [],
      ...["--outdir", folder, entry],
    ],
    checkout,
    env,
  );
  await shorten(folder);
  // Imports are resolved already, so the lock and the settings of folders above are ignored.
  const { compile, permissions } = JSON.parse(await Deno.readTextFile(config));
  await Deno.writeTextFile(
    join(folder, "deno.json"),
    JSON.stringify({ compile, permissions, workspace: [] }),
  );
  return `${basename(entry, extname(entry))}.js`;
}

/**
 * Takes white space out of the modules of a bundle, and shortens their names:
 * they load a seventh faster. `deno bundle --minify` (2.8.3) would also rewrite
 * the syntax, and then drops a `using` whose variable is read once, and with it
 * the release of a lock.
 */
async function shorten(folder: string): Promise<void> {
  // Only where agentctl is compiled.
  const { transform, stop } = await import("esbuild");
  try {
    for (const { name } of await entriesIn(folder)) {
      if (extname(name) !== ".js") continue;
      const path = join(folder, name);
      const { code } = await transform(await Deno.readTextFile(path), {
        format: "esm",
        target: "esnext",
        minifyWhitespace: true,
        minifyIdentifiers: true,
        legalComments: "none",
      });
      await Deno.writeTextFile(path, code);
    }
  } finally {
    await stop();
  }
}

async function runDeno(
  args: string[],
  cwd: string,
  env: Record<string, string>,
): Promise<void> {
  const { success, stderr } = await runProgram(
    Deno.execPath(),
    args,
    cwd,
    env,
  );
  if (!success) {
    throw environmentError(`Cannot compile agentctl: ${wordsOf(stderr)}`);
  }
}
