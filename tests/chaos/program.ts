import { join } from "@std/path";
import { compile } from "../support/compile.ts";

/** The program under test; without a path it is run from its source. */
export interface Program extends AsyncDisposable {
  binary: string | undefined;
}

/** Compiles agentctl for one session. Where that is not possible, the source does, slower. */
export async function buildProgram(): Promise<Program> {
  const folder = await Deno.makeTempDir({ prefix: "agentctl-chaos-" });
  const binary = join(folder, "agentctl");
  const isCompiled = await compile("src/main.ts", binary)
    .then(() => true, () => false);
  return {
    binary: isCompiled ? binary : undefined,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
