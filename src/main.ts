import { runCli } from "./cli/run_cli.ts";
import { writeStderr, writeStdout } from "./system/standard_output.ts";

const exitCode = await runCli(
  Deno.args,
  { cwd: currentFolder(), env: Deno.env.toObject() },
  {
    print: (text) => writeStdout(text + "\n"),
    say: (text) => writeStderr(text + "\n"),
  },
);
// A wait for a lock that somebody else holds would keep the process alive.
Deno.exit(exitCode);

/** A folder that was removed under a shell is no reason to fail: most commands do not need it. */
function currentFolder(): string {
  try {
    return Deno.cwd();
  } catch {
    return "/";
  }
}
