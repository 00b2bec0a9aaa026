import { runExec } from "./exec.ts";
import { helpText, USAGE } from "./help.ts";
import { type StandInIo, writeAll } from "./io.ts";
import { EXEC_OPTIONS, RESUME_OPTIONS, TOP_OPTIONS } from "./options.ts";
import { type ParsedWords, parseWords, WrongUsage } from "./parse_options.ts";
import { trapSignals } from "./trap_signals.ts";

/** Codex's exit code when nobody reads its stdout any more. */
const BROKEN_PIPE = 101;

/**
 * The stand-in worker: behaves like the command line of Codex 0.169, follows the
 * script in the prompt, and asks no model. Returns the exit code. SIGTERM and
 * SIGHUP end the process directly, as with Codex; SIGINT and `io.signal` make it
 * return 1.
 */
export async function standInMain(
  args: string[],
  io: StandInIo,
): Promise<number> {
  const trap = trapSignals(io.signal);
  try {
    return await dispatch(args, io, trap);
  } catch (error) {
    if (error instanceof WrongUsage) {
      writeAll(
        io.stderr,
        `error: ${error.message}\n\nFor more information, try '--help'.\n`,
      );
      return 2;
    }
    if (error instanceof Deno.errors.BrokenPipe) return BROKEN_PIPE;
    if (trap.signal.aborted) return 1;
    throw error;
  } finally {
    trap.release();
  }
}

async function dispatch(
  args: string[],
  io: StandInIo,
  trap: ReturnType<typeof trapSignals>,
): Promise<number> {
  const version = `agentctl stand-in ${io.version ?? "(no version)"}\n`;
  const print = (text: string) => {
    writeAll(io.stdout, text);
    return 0;
  };
  const commands = ["exec", "e", "login", "help"];
  const top = parseWords(args, {
    options: TOP_OPTIONS,
    usage: USAGE.top,
    mostWords: 0,
    subcommands: commands,
  });
  if (top.flags.has("version")) return print(version);
  if (top.flags.has("help") || top.words[0] === "help") {
    return print(helpText("top"));
  }
  if (top.words[0] === "login") return login(top.rest ?? [], io, print);
  if (top.rest === undefined) {
    writeAll(io.stderr, "Error: stdin is not a terminal\n");
    return 1;
  }
  const exec = parseWords(top.rest, {
    options: EXEC_OPTIONS,
    usage: USAGE.exec,
    mostWords: 1,
    subcommands: ["resume"],
  });
  if (exec.flags.has("help")) return print(helpText("exec"));
  if (exec.flags.has("version")) return print(version);
  const resumed = exec.rest &&
    parseWords(exec.rest, {
      options: RESUME_OPTIONS,
      usage: USAGE.resume,
      mostWords: 2,
    });
  if (resumed?.flags.has("help")) return print(helpText("resume"));
  return await runExec(exec, resumed, io, trap);
}

function login(
  args: string[],
  io: StandInIo,
  print: (text: string) => number,
): number {
  const parsed: ParsedWords = parseWords(args, {
    options: TOP_OPTIONS,
    usage: USAGE.login,
    mostWords: 0,
    subcommands: ["status"],
  });
  if (parsed.flags.has("help") || parsed.rest?.includes("--help")) {
    return print(helpText("login"));
  }
  if (parsed.words[0] !== "status") {
    throw new WrongUsage(
      `the stand-in has only 'login status'\n\n${USAGE.login}`,
    );
  }
  writeAll(io.stderr, "Logged in as the agentctl stand-in\n");
  return 0;
}
