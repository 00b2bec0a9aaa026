import { runCli } from "./cli/run_cli.ts";
import { writeStderr, writeStdout } from "./system/standard_output.ts";

const exitCode = await runCli(
  Deno.args,
  { cwd: Deno.cwd(), env: Deno.env.toObject() },
  {
    print: (text) => writeStdout(text + "\n"),
    say: (text) => writeStderr(text + "\n"),
  },
);
// A wait for a lock that somebody else holds would keep the process alive.
Deno.exit(exitCode);
