import {
  addMessage,
  isFinal,
  MailboxClosed,
  type MessageState,
  messageState,
  readReceipt,
  readReceipts,
  type Receipt,
} from "../run/messages.ts";
import { checkPrompt } from "../run/prompt.ts";
import { isEnded, type RunRecord } from "../run/record.ts";
import { makeRedact } from "../run/redact.ts";
import type { RunId } from "../run/id.ts";
import { runFiles } from "../run/store.ts";
import { environmentError, usageError } from "../system/errors.ts";
import { oneLine } from "../text/sanitize.ts";
import { firstLine } from "../text/wording.ts";
import type { FleetContext } from "../workspace/context.ts";
import { reconcileRun } from "../lifecycle/reconcile.ts";
import { lookUntil } from "./wait.ts";

const TITLE_COLUMNS = 60;

/** A message for the worker of a run. */
export interface MessageRequest {
  text: Uint8Array<ArrayBuffer>;
  /** Whether to stop the current turn instead of waiting for its end. */
  now: boolean;
  from: Receipt["from"];
}

/** A message and what became of it. */
export interface SentMessage extends Receipt {
  state: MessageState;
}

/**
 * Leaves a message for the worker of a run, which gets it within its turn or as the
 * next one of its thread. Throws a `usage` error if the run takes no messages. A message
 * that it takes is delivered, or its receipt says that it was not.
 */
export async function sendMessage(
  context: FleetContext,
  id: RunId,
  request: MessageRequest,
): Promise<Receipt> {
  const words = checkPrompt(request.text, {
    name: "message",
    ways: "an argument, --message, --message-file or standard input",
  });
  const redact = makeRedact(context.caller.env);
  const draft = {
    from: request.from,
    title: redact(oneLine(firstLine(words), TITLE_COLUMNS)),
    now: request.now,
  };
  // Before the folder is made, because an ended run does not need one.
  await requireSendable(context, id);
  const { messages } = runFiles(context.workspace, id);
  try {
    return await addMessage(
      messages,
      draft,
      request.text,
      () => requireSendable(context, id),
    );
  } catch (error) {
    // A run that has just ended removes its empty mailbox while others may be opening it.
    if (error instanceof Deno.errors.NotFound) {
      await requireSendable(context, id);
    }
    if (!(error instanceof MailboxClosed)) throw error;
    throw usageError(
      `Cannot send to run "${id}": its last turn has ended; wait for it with "agentctl wait ${id}" and continue it with "agentctl resume --parent-run-id ${id}"`,
    );
  }
}

/** Throws a `usage` error that says why a run takes no messages. */
async function requireSendable(
  context: FleetContext,
  id: RunId,
): Promise<void> {
  const record = await reconcileRun(context, id);
  if (record.ephemeral) {
    throw usageError(
      `Cannot send to run "${id}": it was started with --ephemeral, so it has no thread to continue; start a new run instead`,
    );
  }
  if (!isEnded(record)) return;
  const remedy = record.next_run_id !== null
    ? `send to its next attempt "${record.next_run_id}"`
    : record.thread_id === null
    ? "start a new run instead"
    : `continue it with "agentctl resume --parent-run-id ${id}"`;
  throw usageError(`Cannot send to run "${id}": it has ended; ${remedy}`);
}

/** The messages of a run in the order of sending, and the ids of receipts that cannot be read. */
export async function listMessages(
  context: FleetContext,
  record: RunRecord,
  id: RunId,
): Promise<{ messages: SentMessage[]; damaged: number[] }> {
  const folder = runFiles(context.workspace, id).messages;
  const { receipts, damaged } = await readReceipts(folder);
  const ended = isEnded(record);
  return {
    messages: receipts.map((receipt) => withState(receipt, ended)),
    damaged,
  };
}

/**
 * Waits until a message has reached its final state, and returns it. `null` if
 * `signal` is aborted first.
 */
export async function waitForAnswer(
  context: FleetContext,
  id: RunId,
  messageId: number,
  signal: AbortSignal | undefined,
): Promise<SentMessage | null> {
  const { messages } = runFiles(context.workspace, id);
  return await lookUntil(context, id, [messages], signal, async (record) => {
    const receipt = await readReceipt(messages, messageId);
    if (receipt === null) {
      throw environmentError(
        `Cannot read the receipt of message ${messageId} of run "${id}": "${messages}/${messageId}.json" is missing or damaged`,
      );
    }
    const message = withState(receipt, isEnded(record));
    return isFinal(message.state) ? message : null;
  });
}

function withState(receipt: Receipt, runHasEnded: boolean): SentMessage {
  return { ...receipt, state: messageState(receipt, runHasEnded) };
}
