import type { CodexEvent } from "../codex/events.ts";
import { markThread, promptKept } from "../codex/thread_file.ts";
import { type ParsedResult, repairPrompt } from "../run/result.ts";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { messageOf } from "../system/errors.ts";
import { writeFileAtomic } from "../files/atomic_file.ts";
import { overdraftOf } from "./budget.ts";
import {
  type Mailbox,
  openMailbox,
  sayMessage,
  type TurnWatch,
  type WaitingMessage,
} from "./mailbox.ts";
import { type SupervisedRun, warn } from "./supervised_run.ts";
import type { TurnEnd } from "../transport/turn.ts";
import type { Receipt } from "../run/messages.ts";
import { resultOf } from "./verdict.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { ignore } from "../system/ignore.ts";

/** Runs one turn: a prompt in a new thread or an existing one. */
export type RunTurn = (
  prompt: Uint8Array<ArrayBuffer>,
  resumeThreadId: string | null,
  options: {
    /** Ends the turn, but not the run. */
    interrupt: AbortSignal;
    onSteerable: TurnWatch["onSteerable"];
    onEvent: (event: CodexEvent) => void;
  },
) => Promise<TurnEnd>;

/** The outcome of the last turn of a run. */
export interface LastWord {
  turn: TurnEnd;
  parsed: ParsedResult;
  /** Whether the worker had to be asked again for an answer that can be read. */
  repaired: boolean;
}

/**
 * Runs all turns of a run: the prompt's, one for each message that was sent to
 * it, and one that asks again if the result cannot be read. The last one
 * counts. Afterwards the run takes no more messages.
 */
export async function converse(
  run: SupervisedRun,
  runTurn: RunTurn,
  prompt: Uint8Array<ArrayBuffer>,
): Promise<LastWord> {
  const { keeper, ending } = run;
  const { resumed_thread_id, ephemeral } = keeper.current();
  using mailbox = await openMailbox(run);
  let last = await speak(run, mailbox, runTurn, prompt, resumed_thread_id);
  let mayAskAgain = true;
  for (;;) {
    const thread = ephemeral ? null : keeper.current().thread_id;
    const { turn, parsed } = last;
    const overdraft = overdraftOf(keeper.current());
    if (overdraft && turn.turnCompleted && parsed.state !== "valid") {
      ending.end(overdraft);
    }
    const goesOn = thread !== null && ending.cause() === null && !overdraft &&
      (turn.turnCompleted || last.interrupted);
    const message = goesOn ? await mailbox.next() : null;
    if (goesOn && message !== null) {
      const answer = await deliver(run, mailbox, runTurn, message, thread);
      if (answer === null) continue;
      // A run that has done something must not count as one that has done nothing.
      const didWork = answer.turn.didWork || turn.didWork;
      last = { ...answer, turn: { ...answer.turn, didWork } };
      mayAskAgain = true;
      continue;
    }
    if (
      mayAskAgain && thread !== null && !overdraft &&
      parsed.state !== "valid" &&
      turn.turnCompleted && turn.exitCode === 0
    ) {
      mayAskAgain = false;
      last = await askAgain(run, mailbox, runTurn, last, thread) ?? last;
      continue;
    }
    if (await mailbox.close(!goesOn)) return last;
  }
}

/** The last turn, and whether a message cut it short. */
interface Spoken extends LastWord {
  interrupted: boolean;
}

/** One turn and its outcome. */
async function speak(
  run: SupervisedRun,
  mailbox: Mailbox,
  runTurn: RunTurn,
  prompt: Uint8Array<ArrayBuffer>,
  thread: string | null,
  onBegin: () => void = () => {},
): Promise<Spoken> {
  const { env, keeper } = run;
  const before = thread === null || keeper.current().stand_in
    ? null
    : await markThread(env, thread);
  return await mailbox.duringTurn(async (watch) => {
    const { interrupt, onStarted, onSteerable } = watch;
    const worked = Promise.withResolvers<void>();
    const untilKept = async () => {
      const { thread_id, stand_in } = keeper.current();
      if (thread_id === null || stand_in) return;
      const text = new TextDecoder().decode(prompt);
      await Promise.race([
        promptKept(env, thread_id, text, before),
        worked.promise,
      ]);
    };
    const turn = await runTurn(prompt, thread, {
      interrupt,
      onSteerable,
      onEvent(event) {
        if (event.type.startsWith("item.")) worked.resolve();
        if (event.type !== "turn.started") return;
        onBegin();
        onStarted(untilKept);
      },
    });
    const interrupted = interrupt.aborted;
    await mailbox.settle(outcomeOf({ turn, interrupted }));
    const parsed = resultOf(turn, await finalMessage(run, turn));
    return { turn, parsed, repaired: false, interrupted };
  });
}

/** Sends a message to the worker as its next turn; `null` if Codex could not even be started. */
async function deliver(
  run: SupervisedRun,
  mailbox: Mailbox,
  runTurn: RunTurn,
  { receipt, text }: WaitingMessage,
  thread: string,
): Promise<Spoken | null> {
  sayMessage(run, receipt, text);
  let latest = Promise.resolve(receipt);
  try {
    const spoken = await speak(run, mailbox, runTurn, text, thread, () => {
      // In another thread it would not have reached this worker.
      if (run.ending.cause() !== null) return;
      latest = mailbox.note(receipt, {
        delivered_at: new Date().toISOString(),
      });
    });
    await mailbox.note(await latest, outcomeOf(spoken));
    return spoken;
  } catch (error) {
    const reason = messageOf(error);
    warn(run, `Message ${receipt.id} could not be delivered: ${reason}`);
    await mailbox.note(await latest, { reason });
    return null;
  }
}

/** What the end of its turn means for a message. */
function outcomeOf(
  { turn, interrupted }: Pick<Spoken, "turn" | "interrupted">,
): Partial<Receipt> {
  if (turn.turnCompleted) return { answered_at: new Date().toISOString() };
  const reason = interrupted
    ? "Its turn was stopped for another message"
    : turn.errors.at(-1) ??
      `Codex ended before the turn did (${
        turn.signal ?? `exit code ${turn.exitCode}`
      })`;
  return { reason };
}

/** Asks once more, in the same thread, for the result alone. `null` if that answer cannot be read either. */
async function askAgain(
  run: SupervisedRun,
  mailbox: Mailbox,
  runTurn: RunTurn,
  { parsed }: LastWord,
  thread: string,
): Promise<Spoken | null> {
  if (parsed.state === "valid") return null;
  run.pane.transcript.note(
    `${parsed.reason}; asking once more for the result`,
  );
  const prompt = new TextEncoder().encode(repairPrompt(parsed.reason));
  try {
    const second = await speak(run, mailbox, runTurn, prompt, thread);
    if (second.interrupted) return second;
    return second.parsed.state === "valid"
      ? { ...second, repaired: true }
      : null;
  } catch (error) {
    ignore(error, "the answer stays as unreadable as it was");
    return null;
  }
}

/**
 * The worker's last message: from the events, or else from the file that Codex
 * wrote, which still holds a message too long for an event line. It is kept
 * unchanged.
 */
async function finalMessage(
  run: SupervisedRun,
  turn: TurnEnd,
): Promise<string | null> {
  const { output } = run.files;
  if (turn.lastMessage !== null) {
    await writeFileAtomic(output, turn.lastMessage).catch((error) =>
      warn(run, `The worker's answer could not be kept: ${messageOf(error)}`)
    );
    return turn.lastMessage;
  }
  const written = await readTextBounded(output, { maxBytes: MAX_BYTES.record })
    .catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) {
        warn(run, `The worker's answer cannot be read: ${messageOf(error)}`);
      }
      return "";
    });
  // Codex makes the file before it has anything to write.
  if (written === "") await removeQuietly(output);
  return written === "" ? null : written;
}
