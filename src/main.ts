import { runCli } from "./cli/run_cli.ts";
import { writeStderr, writeStdout } from "./system/standard_output.ts";
import { ignore } from "./system/ignore.ts";

const exitCode = await runCli(
  Deno.args,
  { cwd: currentFolder(), env: callerEnvironment() },
  {
    print: (text) => writeStdout(text + "\n"),
    say: (text) => writeStderr(text + "\n"),
  },
);
// Waiting for a lock that somebody else holds would keep the process alive.
Deno.exit(exitCode);

/**
 * The environment of the call. A tmux server that Claude Code has started passes
 * its variables on to shells of the user's, which have a terminal, as the commands
 * of Claude Code never do: such a call is the user's.
 */
function callerEnvironment(): Record<string, string> {
  const env = Deno.env.toObject();
  const isUsers = [Deno.stdin, Deno.stdout, Deno.stderr]
    .some((stream) => stream.isTerminal());
  if (isUsers) delete env["CLAUDECODE"];
  return env;
}

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
