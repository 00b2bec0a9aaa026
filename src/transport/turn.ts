import type { CodexEvent, CodexItem, Usage } from "../codex/events.ts";
import type { WorkerRequest } from "../codex/command_line.ts";
import type { CodexCapabilities } from "../codex/capability_cache.ts";
import type { WaitingFor } from "../run/waiting_for.ts";
import type { UsageLimit } from "../codex/usage_limit.ts";
import type { LogFile } from "../files/log_file.ts";

/** How a supervisor drives the Codex of its run. */
export interface Transport extends AsyncDisposable {
  /** Runs one turn to its end. Throws an `environment` error if Codex cannot be started. */
  turn(turn: Turn): Promise<TurnEnd>;
}

/** What a transport needs for all turns of a run. */
export interface TransportParts {
  capabilities: CodexCapabilities;
  /** Receives the events in the form of `codex exec --json`. */
  eventsLog: LogFile;
  stderrLog: LogFile;
  /** Opens what receives all that is said over JSON-RPC, in both directions. */
  rpcLog: () => LogFile;
  /** Called when another way of driving Codex takes over, before a turn. */
  onFallBack: (reason: string) => void;
  /** Called for every output, even half a line. */
  onOutput: () => void;
  /** Ends what Codex leaves behind if it had to be killed. */
  endLeftovers: () => Promise<void>;
}

/** One turn of a worker: a prompt in a new thread or an existing one. */
export interface Turn {
  request: WorkerRequest;
  env: Record<string, string>;
  prompt: Uint8Array<ArrayBuffer>;
  onEvent: (event: CodexEvent) => void;
  /** Called with the tokens of the whole thread when the model has answered, where Codex tells them before the end of the turn. */
  onUsage: (usage: Usage) => void;
  /** Called with what Codex tells of the account's limits, where it tells; a window that it leaves out has not changed. */
  onLimits: (limits: readonly UsageLimit[]) => void;
  /** Called when messages can be put into the turn, and again with `null` when that is over; never if they have to wait for its end. */
  onSteerable: (steer: Steer | null) => void;
  /**
   * Called when the worker asks something. The signal is aborted if it stops waiting.
   */
  onAsked: (asked: Asked, signal: AbortSignal, tell: Tell) => Promise<void>;
  ending: TurnEnding;
}

/** What a worker asks. */
export type Asked = Pick<
  WaitingFor,
  "kind" | "asks" | "command" | "cwd" | "reason"
>;

/** Answers the worker. Resolves to whether Codex took the answer: its turn may be over. */
export type Tell = (reply: Reply) => Promise<boolean>;

/** What it is told: a text for each thing that it asked, or whether it may. */
export type Reply = { texts: string[] } | { approved: boolean };

/** What ends one turn, whether or not the run ends with it. */
export interface TurnEnding {
  signal: AbortSignal;
  firstSignal(): "SIGINT" | "SIGTERM";
}

/**
 * Puts a message into the turn in progress. Resolves to whether Codex accepted
 * it; if it did not, the turn was over.
 */
export type Steer = (message: SteeredMessage) => Promise<boolean>;

/** A message for the turn in progress. */
export interface SteeredMessage {
  text: Uint8Array<ArrayBuffer>;
  /** The model has answered a request that holds the message. */
  onSeen: () => void;
  /** The turn has ended, and the model was not asked with the message. */
  onLost: () => void;
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
  /** What kind of error ended the turn, where Codex says that as data: see `errorKind()`. */
  errorKind?: string;
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

/** What the events of a turn tell about its end. */
export type WorkerWords = Omit<
  TurnEnd,
  "exitCode" | "signal" | "endedBy" | "stderrTail"
>;

/** What is known before the first event. */
export function noWordsYet(): WorkerWords {
  return {
    errors: [],
    turnStarted: false,
    turnCompleted: false,
    didWork: false,
    lastMessage: null,
  };
}

/** Folds one event into what is known about the turn. */
export function noteEvent(end: WorkerWords, event: CodexEvent): void {
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
