import { fromFileUrl, join } from "@std/path";
import { ensureCompileRuntime } from "../support/tools.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** The program under test; without a path it is run from its source. */
export interface Program extends AsyncDisposable {
  binary: string | undefined;
}

/** Compiles agentctl for one session. Where that is not possible, the source does, slower. */
export async function buildProgram(): Promise<Program> {
  const folder = await Deno.makeTempDir({ prefix: "agentctl-chaos-" });
  const binary = join(folder, "agentctl");
  const runtime = await ensureCompileRuntime().catch(() => null);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["compile", "-q", "-P", "--bundle", "--minify", "--no-prompt"],
      ...["-o", binary, "src/main.ts"],
    ],
    cwd: ROOT,
    env: runtime === null ? {} : { DENORT_BIN: runtime },
    stdout: "null",
    stderr: "null",
  }).output();
  return {
    binary: success ? binary : undefined,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
