import { runCli } from "./cli/run_cli.ts";
import { writeStderr, writeStdout } from "./system/standard_output.ts";
import { ignore } from "./system/ignore.ts";

const exitCode = await runCli(
  Deno.args,
  { cwd: currentFolder(), env: Deno.env.toObject() },
  {
    print: (text) => writeStdout(text + "\n"),
    say: (text) => writeStderr(text + "\n"),
  },
);
// Waiting for a lock that somebody else holds would keep the process alive.
Deno.exit(exitCode);

/** Works even if the shell's folder has been removed, because most commands do not need it. */
function currentFolder(): string {
  try {
    return Deno.cwd();
  } catch (error) {
    ignore(
      error,
      "the folder of the shell is gone; most commands do not need it",
    );
    return "/";
  }
}
