/**
 * Compiles the binary: `deno task compile [--target PLATFORM] [--output FILE]`,
 * by default for this platform, as dist/agentctl.
 *
 * @module
 */
import { ensureDir } from "@std/fs";
import { dirname, fromFileUrl, join, resolve } from "@std/path";
import { compileProgram } from "./compile_program.ts";
import { AgentctlError, EXIT_CODES, messageOf } from "../system/errors.ts";
import { writeStderr } from "../system/standard_output.ts";
import { text } from "../terminal/option_spec.ts";
import { readOptions, sortWords } from "../terminal/parse_options.ts";

const OPTIONS = {
  target: text("PLATFORM", "the platform, as deno compile names it"),
  output: text("FILE", "the binary", "o"),
};

const CHECKOUT = fromFileUrl(new URL("../../", import.meta.url));

async function main(args: string[]): Promise<number> {
  try {
    const { given } = sortWords(OPTIONS, args, "deno task compile");
    const options = readOptions(OPTIONS, given, "compile");
    const output = resolve(
      options.output ?? join(CHECKOUT, "dist", "agentctl"),
    );
    await ensureDir(dirname(output));
    await compileProgram(join(CHECKOUT, "src", "main.ts"), output, {
      checkout: CHECKOUT,
      env: Deno.env.toObject(),
      target: options.target,
    });
    return EXIT_CODES.ok;
  } catch (error) {
    if (error instanceof AgentctlError) {
      writeStderr(`${error.message}\n`);
      return error.exitCode;
    }
    writeStderr(`Cannot compile: ${messageOf(error)}\n`);
    return EXIT_CODES.usage;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
