// The stand-in as a process of its own, for the tests that need signals and pipes.
import { standInMain } from "../../src/stand_in/stand_in_main.ts";

Deno.exit(
  await standInMain(Deno.args.slice(Deno.args[0] === "_stand_in" ? 1 : 0), {
    cwd: Deno.cwd(),
    stdin: Deno.stdin.readable,
    stdout: Deno.stdout,
    stderr: Deno.stderr,
    env: Deno.env.toObject(),
    version: "1.2.3",
  }),
);
