/**
 * Figures of the compiled binary, each beside something measured in the same
 * run: absolute times say little on a noisy machine. `deno task bench` runs it.
 *
 * @module
 */
import { join } from "@std/path";
import { compile } from "../tests/support/compile.ts";
import { makeStage } from "../tests/support/stage.ts";
import { benchCalls } from "./calls.ts";
import { benchStart } from "./start.ts";
import { benchStartGrowth } from "./start_growth.ts";
import { benchWait } from "./wait.ts";

const folder = await Deno.makeTempDir({ prefix: "agentctl-bench-" });
try {
  const binary = join(folder, "agentctl");
  const empty = join(folder, "empty");
  await Deno.writeTextFile(join(folder, "empty.ts"), "export {};\n");
  await compile("src/main.ts", binary);
  await compile(join(folder, "empty.ts"), empty);
  await using stage = await makeStage({ binary });
  await benchCalls(stage, binary, empty);
  await benchStart(stage, binary, empty);
  await benchStartGrowth(stage, binary);
  await benchWait(stage);
} finally {
  await Deno.remove(folder, { recursive: true });
}
