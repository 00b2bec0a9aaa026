import { fromFileUrl } from "@std/path";
import { ensureCompileRuntime } from "../support/tools.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** Compiles a program with the flags, and so the permissions, of the `compile` task. */
export async function build(entry: string, output: string): Promise<void> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const task: string = tasks.compile.command;
  const flags = /^deno (compile .*) -o \S+ src\/main\.ts$/.exec(task)?.[1];
  if (flags === undefined) {
    throw new Error(`The compile task is not as it was: ${task}`);
  }
  const runtime = await ensureCompileRuntime();
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...flags.split(" "), "-o", output, entry],
    cwd: ROOT,
    env: runtime === null ? {} : { DENORT_BIN: runtime },
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
}
