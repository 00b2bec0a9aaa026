import { messageOf } from "../system/errors.ts";
import type { DebugSink } from "../system/ignore.ts";
import { writeStderr } from "../system/standard_output.ts";
import { oneLine } from "../text/sanitize.ts";
import { openLogFile } from "./log_file.ts";

/** The variable that turns debugging on: `1` for stderr, or the absolute path of a file. */
export const DEBUG_VARIABLE = "AGENTCTL_DEBUG";

/** An error may quote a file. */
const MOST_COLUMNS = 1_000;

/** What every line of a process has in common. */
export interface DebugOptions {
  /** The value of {@linkcode DEBUG_VARIABLE}. */
  target: string;
  command: string;
  /** The run that the process works on, if it is known. */
  run: string | null;
  redact(text: string): string;
  /** Whether stderr must not be used, because something else reads it. */
  silent: boolean;
}

/** The file in which lines are kept; `null` if debugging is off or goes to stderr. */
export function debugFile(env: Record<string, string>): string | null {
  const target = env[DEBUG_VARIABLE] ?? "";
  return target.startsWith("/") ? target : null;
}

/** Whether the variable turns debugging on. */
export function wantsDebugging(env: Record<string, string>): boolean {
  return !["", "0"].includes(env[DEBUG_VARIABLE] ?? "");
}

/**
 * Opens the file or stream for debug lines. Each line: time, process, command,
 * run (or `-`), and what happened. A file that cannot be used is reported once,
 * and stderr is used instead.
 */
export function openDebugLog(options: DebugOptions): DebugSink {
  const { target, command, run, silent } = options;
  const redacts = [options.redact];
  const format = (text: string) => {
    const hidden = redacts.reduce((words, redact) => redact(words), text);
    const words = oneLine(hidden, MOST_COLUMNS);
    const now = new Date().toISOString();
    return `${now} ${Deno.pid} ${command} ${run ?? "-"} ${words}\n`;
  };
  const toStderr = (line: string) => {
    if (!silent) writeStderr(line);
  };
  let write = toStderr;
  const complain = (why: string) => {
    write = toStderr;
    toStderr(
      `Cannot write debug lines to "${
        oneLine(target)
      }", so they go to stderr: ${why}\n`,
    );
  };
  if (target.startsWith("/")) {
    const encoder = new TextEncoder();
    write = (line) => file.write(encoder.encode(line));
    const file = openLogFile(target, (error) => complain(messageOf(error)));
  } else if (target !== "1") {
    complain("it is not an absolute path; set AGENTCTL_DEBUG to one, or to 1");
  }
  return {
    ignored: (error, why) =>
      write(format(`ignored ${wordsOf(error)} (${why})`)),
    step: (text) => write(format(text)),
    hide: (redact) => redacts.push(redact),
  };
}

/** Name and message. An error about invalid JSON quotes it, and those may be anybody's words. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error instanceof SyntaxError
    ? error.message.replace(/[,:]?\s*(\.\.\.)?".*$/s, "")
    : error.message;
  return `${error.name}: ${message}`;
}
