import { type CommandOutput, runCommand } from "../system/command.ts";
import { isServerMissing, runTmux, type TmuxServer } from "./server.ts";

/** The server that runs a line when no other is there; it ends with the line. */
const HELPER_SOCKET = "agentctl-helper";

/**
 * Lets tmux run a script of `/bin/sh` to its end: the binary itself may start
 * only four programs and signal only its own children. If the server is gone,
 * one that ends with the script is started for it.
 *
 * The script's output and exit code are dropped: tmux would open them as a
 * view over the person's current pane.
 */
export async function runShell(
  server: TmuxServer,
  script: string,
): Promise<void> {
  // run-shell expands formats.
  const line = `( ${script}\n) >/dev/null 2>&1 </dev/null; true`.replaceAll(
    "#",
    "##",
  );
  const output = await runTmux(server, ["run-shell", line]);
  if (!isServerMissing(output)) return;
  // The helper may be on its way out from the script before.
  for (let attempt = 0; attempt < 3; attempt++) {
    if (!isServerMissing(await runInHelper(server, line))) return;
  }
}

function runInHelper(server: TmuxServer, line: string): Promise<CommandOutput> {
  const { TMUX: _, ...env } = server.env;
  const args = [
    "-L",
    HELPER_SOCKET,
    "-f",
    "/dev/null",
    "start-server",
    ";",
    "run-shell",
    line,
  ];
  return runCommand("tmux", args, { env });
}

/** Quotes a word for `/bin/sh`. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
