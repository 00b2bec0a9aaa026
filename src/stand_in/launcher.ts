import { shellWord } from "../system/shell.ts";

/** The second line of the launcher, which distinguishes it from the real program. */
export const STAND_IN_MARK = "# agentctl stand-in worker";

/**
 * Text of a `codex` launcher script that starts the stand-in worker.
 * `selfCommand` is the program of agentctl with the arguments that it needs;
 * each is quoted for the shell. Throws a `TypeError` if it is empty or holds a
 * NUL character.
 */
export function standInLauncher(selfCommand: string[]): string {
  if (selfCommand.length === 0) {
    throw new TypeError("Cannot make a launcher: the command is empty");
  }
  if (selfCommand.some((word) => word.includes("\0"))) {
    throw new TypeError(
      "Cannot make a launcher: the command contains a NUL character",
    );
  }
  return `#!/bin/sh\n${STAND_IN_MARK}\nexec ${
    selfCommand.map(shellWord).join(" ")
  } _stand_in "$@"\n`;
}
