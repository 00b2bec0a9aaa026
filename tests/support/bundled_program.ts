import { walk } from "@std/fs";
import { fromFileUrl, join } from "@std/path";
import { bundleProgram } from "../../src/install/compile_program.ts";
import { sourceCommand } from "../../src/system/self_command.ts";
import { sha256Hex } from "../../src/system/sha256.ts";
import { cachedFolder } from "./tools.ts";

const CHECKOUT = fromFileUrl(new URL("../../", import.meta.url));
/** Everything that ends up in the program. */
const FOLDERS = ["src", "prompts", "config"];
const FILES = ["deno.json", "deno.lock"];

/**
 * The command line of agentctl as the tests start it: with the permissions of
 * the binary, and bundled as in the binary, since a start from some 200 modules
 * takes twice the time, and the tests start it thousands of times. Made once
 * for each state of the sources.
 */
export async function bundledProgram(): Promise<string[]> {
  const name = `agentctl-${(await sourceDigest()).slice(0, 16)}`;
  const root = await cachedFolder(name, "src/main.ts", async (staging) => {
    // Two folders down, where a module of the sources lies, too: it finds the program from there.
    const bundle = join(staging, "src", "bundle");
    const main = await bundleProgram(join(CHECKOUT, "src/main.ts"), bundle, {
      checkout: CHECKOUT,
      env: Deno.env.toObject(),
    });
    await Deno.rename(join(bundle, "deno.json"), join(staging, "deno.json"));
    await Deno.writeTextFile(
      join(staging, "src", "main.ts"),
      `import "./bundle/${main}";\n`,
    );
  });
  return sourceCommand(root);
}

async function sourceDigest(): Promise<string> {
  const paths = FILES.map((name) => join(CHECKOUT, name));
  for (const folder of FOLDERS) {
    const entries = walk(join(CHECKOUT, folder), { includeDirs: false });
    for await (const { path } of entries) paths.push(path);
  }
  const texts = paths.sort().map(async (path) =>
    `${path.slice(CHECKOUT.length)}\n${await Deno.readTextFile(path)}`
  );
  return await sha256Hex((await Promise.all(texts)).join("\0"));
}
