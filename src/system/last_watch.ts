import { ignored } from "./ignore.ts";
import { END, FIND, type ProcessMark } from "./processes.ts";
import { systemFirst } from "./search_path.ts";
import { spawnShell } from "./shell.ts";

/** What the watch hears if all went well. */
const OVER = "over";

/**
 * A shell that waits in the background for this process to end, which the end of its
 * input shows even if this process is killed. It ignores Ctrl-C and a terminal that is
 * closed, which are not meant for it.
 */
const WATCH = `
exec 3<&0
(
  trap '' HUP INT TERM
  read -r word
  [ "$word" = ${OVER} ] && exit
  ${END}
) <&3 >/dev/null 2>&1 &
`;

/**
 * Ends every process that carries the mark, with its children, if this process ends
 * before the watch is disposed of: also those that outlive Codex, or that Codex was
 * about to put into its sandbox.
 */
export function keepLastWatch(
  mark: ProcessMark,
  env: Record<string, string>,
): AsyncDisposable {
  const why = ignored("without a watch, whoever looks ends what is left");
  let watch: Deno.ChildProcess;
  try {
    watch = spawnShell(FIND + WATCH, {
      env: {
        PATH: env["PATH"] ?? systemFirst(),
        LC_ALL: "C",
        AGENTCTL_MARK: mark,
        AGENTCTL_PATIENCE: "0",
      },
      path: systemFirst(env["PATH"]),
      stdin: "piped",
    });
  } catch (error) {
    why(error);
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const { stdin, stdout, stderr } = watch;
  for (const output of [stdout, stderr]) output.cancel().catch(why);
  const writer = stdin.getWriter();
  return {
    async [Symbol.asyncDispose]() {
      await writer.write(new TextEncoder().encode(`${OVER}\n`)).catch(why);
      await writer.close().catch(why);
    },
  };
}
