import type { LogFile } from "../files/log_file.ts";
import { readChunks, spawnProgram } from "../system/command.ts";
import { inTime } from "../system/delay.ts";
import { ignore, instead } from "../system/ignore.ts";

/** How long Codex has to end after each signal before the next one. */
export const LADDER_STEP_MS = 2_000;

/** After Codex has ended, this much silence ends its output: something else may hold its pipes open. */
const DRAIN_SILENCE_MS = 1_000;

const STDERR_TAIL_CHARACTERS = 8_000;

export interface CodexStart {
  argv: readonly string[];
  env: Record<string, string>;
  stderrLog: LogFile;
  onStdout: (bytes: Uint8Array) => void;
  onOutput: () => void;
  endLeftovers: () => Promise<void>;
}

/** A running Codex, whose output is read. */
export interface CodexProcess {
  stdin: WritableStream<Uint8Array<ArrayBuffer>>;
  /** Resolves when it has ended, which may be before all of its output has been read. */
  ended: Promise<Deno.CommandStatus>;
  /** How it has ended; `null` while it runs. */
  status(): Deno.CommandStatus | null;
  /** The end of what it has written to stderr. */
  stderrTail(): string;
  /** Asks it to end and then forces it to; resolves to the signals that it was sent. */
  end(first: "SIGINT" | "SIGTERM"): Promise<string[]>;
  /** Resolves when all of its output has been read, or nothing more comes, once it has ended. */
  drained(): Promise<void>;
}

/** Starts Codex. Throws an `environment` error if that fails. */
export function startCodex(start: CodexStart): CodexProcess {
  // Not in the run's folder: version managers obey what a worker has written there. Codex is told the folder.
  const child = spawnProgram("codex", [...start.argv], {
    env: start.env,
    stdin: "piped",
  });
  let stderrTail = "";
  let received = 0;
  const decoder = new TextDecoder();
  const reading = Promise.all([
    readChunks(child.stdout, (bytes) => {
      received += bytes.length;
      start.onOutput();
      start.onStdout(bytes);
    }),
    readChunks(child.stderr, (bytes) => {
      start.onOutput();
      start.stderrLog.write(bytes);
      const text = stderrTail + decoder.decode(bytes, { stream: true });
      stderrTail = text.slice(-STDERR_TAIL_CHARACTERS);
    }),
  ]).catch(instead([], "the turn ends with what was read so far"));
  let status: Deno.CommandStatus | null = null;
  const ended = child.status.then((end) => status = end);
  return {
    stdin: child.stdin,
    ended,
    status: () => status,
    stderrTail: () => stderrTail,
    async end(first) {
      const sent: string[] = [];
      const ladder = first === "SIGINT"
        ? ["SIGINT", "SIGTERM"] as const
        : ["SIGTERM"] as const;
      for (const signal of ladder) {
        signalChild(child, signal);
        sent.push(signal);
        if (await inTime(ended, LADDER_STEP_MS, null) !== null) return sent;
      }
      // This leaves the native process of the npm wrapper, which the search for leftovers ends.
      signalChild(child, "SIGKILL");
      await Promise.all([ended, start.endLeftovers()]);
      return [...sent, "SIGKILL"];
    },
    async drained() {
      for (let before = -1; before !== received;) {
        before = received;
        if (await inTime(reading, DRAIN_SILENCE_MS, null) !== null) break;
      }
    },
  };
}

function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    ignore(error, "it has probably ended by now");
  }
}
