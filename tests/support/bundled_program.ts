import { fromFileUrl, join } from "@std/path";
import { bundleProgram } from "../../src/install/compile_program.ts";
import { sourceCommand } from "../../src/system/self_command.ts";
import { builtFolder } from "./built_folder.ts";

const CHECKOUT = fromFileUrl(new URL("../../", import.meta.url));

/**
 * The command line of agentctl as the tests start it: with the permissions of
 * the binary, and bundled, since a start from some 200 modules takes twice the
 * time, and the tests start it thousands of times: in one piece, of which Deno
 * keeps the compiled code, and analyzes no graph. Made once for each state of
 * the sources.
 */
export async function bundledProgram(): Promise<string[]> {
  const root = await builtFolder("bundle", "src/main.ts", async (staging) => {
    // Two folders down, where a module of the sources lies, too: it finds the program from there.
    const bundle = join(staging, "src", "bundle");
    const main = await bundleProgram(join(CHECKOUT, "src/main.ts"), bundle, {
      checkout: CHECKOUT,
      env: Deno.env.toObject(),
      pieces: false,
    });
    await Deno.rename(join(bundle, "deno.json"), join(staging, "deno.json"));
    await Deno.writeTextFile(
      join(staging, "src", "main.ts"),
      `import "./bundle/${main}";\n`,
    );
  });
  return sourceCommand(root);
}

/**
 * The command line of the stand-in alone, which takes a third less time to start
 * than it does from all of agentctl.
 */
export async function bundledStandIn(): Promise<string[]> {
  const root = await builtFolder("stand-in", "main.js", async (staging) => {
    await bundleProgram(
      join(CHECKOUT, "tests/stand_in/stand_in_process.ts"),
      staging,
      { checkout: CHECKOUT, env: Deno.env.toObject(), pieces: false },
    );
    await Deno.rename(
      join(staging, "stand_in_process.js"),
      join(staging, "main.js"),
    );
  });
  const flags = ["-q", "-A", "--no-config", "--no-lock"];
  return [Deno.execPath(), "run", ...flags, join(root, "main.js")];
}
