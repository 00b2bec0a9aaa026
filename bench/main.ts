/**
 * Figures of the compiled binary, each beside something measured in the same
 * run: absolute times say little on a noisy machine. `deno task bench` runs it.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { makeStage } from "../tests/support/stage.ts";
import { ensureCompileRuntime } from "../tests/support/tools.ts";
import { benchStart } from "./start.ts";
import { benchStartGrowth } from "./start_growth.ts";
import { benchWait } from "./wait.ts";

const ROOT = fromFileUrl(new URL("../", import.meta.url));

/** Compiles a program as the `compile` task does. */
async function compile(
  source: string,
  output: string,
  ...options: string[]
): Promise<void> {
  const runtime = await ensureCompileRuntime();
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      "-q",
      "--bundle",
      "--minify",
      "--no-prompt",
      ...options,
      "-o",
      output,
      source,
    ],
    cwd: ROOT,
    env: runtime === null ? {} : { DENORT_BIN: runtime },
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
}

const folder = await Deno.makeTempDir({ prefix: "agentctl-bench-" });
try {
  const binary = join(folder, "agentctl");
  const empty = join(folder, "empty");
  await Deno.writeTextFile(join(folder, "empty.ts"), "export {};\n");
  await compile("src/main.ts", binary, "-P");
  await compile(join(folder, "empty.ts"), empty, "--no-config");
  await using stage = await makeStage({ binary });
  await benchStart(stage, binary, empty);
  await benchStartGrowth(stage, binary);
  await benchWait(stage);
} finally {
  await Deno.remove(folder, { recursive: true });
}
