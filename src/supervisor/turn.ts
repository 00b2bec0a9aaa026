import {
  type CodexEvent,
  type CodexItem,
  parseEvent,
} from "../codex/events.ts";
import type { UsageLimit } from "../codex/rollout.ts";
import { readChunks, spawnProgram, writeAndClose } from "../system/command.ts";
import { aborted, delay } from "../system/delay.ts";
import type { TurnEnding } from "./ending.ts";
import { makeLineSplitter } from "../files/line_splitter.ts";
import type { LogFile } from "../files/log_file.ts";
import { ignore, instead } from "../system/ignore.ts";

/** One start of Codex, with a prompt. */
export interface Turn {
  argv: string[];
  env: Record<string, string>;
  prompt: Uint8Array<ArrayBuffer>;
  /** Called with what Codex prints, byte for byte. */
  eventsLog: LogFile;
  stderrLog: LogFile;
  onEvent: (event: CodexEvent) => void;
  ending: TurnEnding;
  /** Called for every output, even half a line. */
  onOutput: () => void;
  /** Ends what Codex leaves behind if it had to be killed. */
  endLeftovers: () => Promise<void>;
}

/** How Codex ended and what it said. */
export interface TurnEnd {
  exitCode: number;
  signal: string | null;
  /** The signals that it was sent, in order. */
  endedBy: string[];
  stderrTail: string;
  /** The messages of `error` and `turn.failed` events, in order. */
  errors: string[];
  turnStarted: boolean;
  turnCompleted: boolean;
  /** Whether the worker said or did anything. */
  didWork: boolean;
  lastMessage: string | null;
  /** What the sandbox said, if it refused every command of the worker. */
  sandboxError?: string;
  /** How much of the account's limits is used, if known. */
  limits?: readonly UsageLimit[];
}

type WorkerWords = Omit<
  TurnEnd,
  "exitCode" | "signal" | "endedBy" | "stderrTail"
>;

/** How long Codex has to end after each signal before the next one. */
const LADDER_STEP_MS = 2_000;

/** After Codex has ended, this much silence ends its output: something else may hold its pipes open. */
const DRAIN_SILENCE_MS = 1_000;

const STDERR_TAIL_CHARACTERS = 8_000;

/** Runs Codex once, to its end. Throws an `environment` error if it cannot be started. */
export async function runTurn(turn: Turn): Promise<TurnEnd> {
  // Not in the run's folder: version managers obey what a worker has written there. Codex is told the folder.
  const child = spawnProgram("codex", turn.argv, {
    env: turn.env,
    stdin: "piped",
  });
  const end: WorkerWords = {
    errors: [],
    turnStarted: false,
    turnCompleted: false,
    didWork: false,
    lastMessage: null,
  };
  const lines = makeLineSplitter((line) => {
    const event = parseEvent(line);
    noteEvent(end, event);
    turn.onEvent(event);
  });
  let stderrTail = "";
  let received = 0;
  const stderrDecoder = new TextDecoder();
  const reading = Promise.all([
    writeAndClose(child.stdin, turn.prompt),
    readChunks(child.stdout, (bytes) => {
      received += bytes.length;
      turn.onOutput();
      turn.eventsLog.write(bytes);
      lines.push(bytes);
    }),
    readChunks(child.stderr, (bytes) => {
      turn.onOutput();
      turn.stderrLog.write(bytes);
      const text = stderrTail + stderrDecoder.decode(bytes, { stream: true });
      stderrTail = text.slice(-STDERR_TAIL_CHARACTERS);
    }),
  ]).catch(instead([], "the turn ends with what was read so far"));

  const { status, endedBy } = await endAsAsked(child, turn);
  for (let before = -1; before !== received;) {
    before = received;
    if (await Promise.race([reading, delay(DRAIN_SILENCE_MS)])) break;
  }
  lines.end();
  return {
    ...end,
    stderrTail,
    endedBy,
    exitCode: status.code,
    signal: status.signal,
  };
}

/** Waits for the end of Codex; if the run should end, asks Codex to end and then forces it to. */
async function endAsAsked(
  child: Deno.ChildProcess,
  turn: Turn,
): Promise<{ status: Deno.CommandStatus; endedBy: string[] }> {
  const ended = child.status;
  const status = await Promise.race([ended, aborted(turn.ending.signal)]);
  const endedBy: string[] = [];
  if (status) return { status, endedBy };
  const first = turn.ending.firstSignal();
  for (
    const signal of first === "SIGINT"
      ? ["SIGINT", "SIGTERM"] as const
      : ["SIGTERM"] as const
  ) {
    signalChild(child, signal);
    endedBy.push(signal);
    const status = await Promise.race([ended, delay(LADDER_STEP_MS)]);
    if (status) return { status, endedBy };
  }
  // This leaves the native process of the npm wrapper, which the search for leftovers ends.
  signalChild(child, "SIGKILL");
  endedBy.push("SIGKILL");
  const [result] = await Promise.all([ended, turn.endLeftovers()]);
  return { status: result, endedBy };
}

function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    ignore(error, "it has probably ended by now");
  }
}

/** Folds one event into what is known about the turn. */
export function noteEvent(
  end: WorkerWords,
  event: CodexEvent,
): void {
  switch (event.type) {
    case "turn.started":
      end.turnStarted = true;
      break;
    case "turn.completed":
      end.turnCompleted = true;
      break;
    case "turn.failed":
      end.errors.push(event.error.message);
      break;
    case "error":
      end.errors.push(event.message);
      break;
    case "item.started":
    case "item.updated":
    case "item.completed":
      if (event.item.type === "error") break;
      end.didWork = true;
      noteSandbox(end, event.item);
      if (
        event.type === "item.completed" && event.item.type === "agent_message"
      ) {
        end.lastMessage = event.item.text;
      }
  }
}

/** Keeps what bubblewrap says when it cannot start a command, until a command does start. */
function noteSandbox(end: WorkerWords, item: CodexItem): void {
  if (item.type !== "command_execution" || item.exit_code === null) return;
  const refusal = /^(?:bwrap|bubblewrap): .+/.exec(item.aggregated_output)?.[0];
  end.sandboxError = item.exit_code === 0 ? undefined : refusal;
}
