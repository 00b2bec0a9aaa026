import {
  closeMailbox,
  makeFolder,
  readMessageText,
  readReceipts,
  type Receipt,
  writeReceipt,
} from "../run/messages.ts";
import { makeRedact, redactAll } from "../run/redact.ts";
import { messageOf } from "../system/errors.ts";
import { watchPaths } from "../files/watch.ts";
import { type SupervisedRun, warn } from "./supervised_run.ts";
import { ignored } from "../system/ignore.ts";

/** What a turn reports while it runs, and what stops only that turn. */
export interface TurnWatch {
  /** Aborted when a message must not wait for the end of the turn. */
  interrupt: AbortSignal;
  /**
   * To be called when Codex has begun the turn. `untilKept` resolves once the
   * prompt would survive the end of the turn.
   */
  onStarted(untilKept: () => Promise<void>): void;
}

/** A message to be delivered. */
export interface WaitingMessage {
  receipt: Receipt;
  text: Uint8Array<ArrayBuffer>;
}

/** The messages of a run, as its supervisor handles them. */
export interface Mailbox extends Disposable {
  /** Runs the work of one turn, and stops it for urgent messages. */
  duringTurn<T>(work: (watch: TurnWatch) => Promise<T>): Promise<T>;
  /** The next message; `null` if none is waiting. */
  next(): Promise<WaitingMessage | null>;
  /** Closes the mailbox unless a message has come, or regardless with `force`. Returns whether it is closed. */
  close(force: boolean): Promise<boolean>;
  /** Records the state of a message. */
  note(receipt: Receipt, change: Partial<Receipt>): Promise<Receipt>;
}

interface CurrentTurn {
  controller: AbortController;
  /** Set once Codex has begun. */
  untilKept?: () => Promise<void>;
}

/** Opens the mailbox of a run; the pane shows what comes in. */
export async function openMailbox(run: SupervisedRun): Promise<Mailbox> {
  const { pane, files: { messages: folder } } = run;
  /** The waiting messages by id, without those that were delivered or abandoned. */
  const waiting = new Map<number, Receipt>();
  const known = new Set<number>();
  const redact = makeRedact(run.env);
  let turn: CurrentTurn | null = null;
  /** An urgent message has come, for the current turn or the next one. */
  let isUrgent = false;
  await makeFolder(folder).catch((error) =>
    warn(run, `The run cannot take messages: ${messageOf(error)}`)
  );

  const look = async () => {
    const { receipts, damaged } = await readReceipts(folder);
    for (const id of damaged) {
      if (known.has(id)) continue;
      known.add(id);
      warn(run, `The receipt of message ${id} is damaged; it was left alone`);
    }
    for (const receipt of receipts) {
      if (known.has(receipt.id)) continue;
      known.add(receipt.id);
      waiting.set(receipt.id, receipt);
      if (receipt.now) interrupt();
      if (turn === null) continue;
      pane.transcript.note(
        receipt.now
          ? `Message ${receipt.id} stops this turn: ${receipt.title}`
          : `Message ${receipt.id} waits for the end of this turn: ${receipt.title}`,
      );
    }
    pane.showWaiting(waiting.size);
  };
  const interrupt = async () => {
    isUrgent = true;
    const { controller, untilKept } = turn ?? {};
    await untilKept?.().catch(
      ignored(
        "the turn is ended although its prompt may not be in the thread yet",
      ),
    );
    if (untilKept) controller?.abort();
  };
  // One scan at a time, so that no message is seen for the first time twice.
  let looking: Promise<void> = Promise.resolve();
  const lookAgain = () =>
    looking = looking.then(look).catch(
      ignored("the next change of the mailbox looks again"),
    );
  const watch = watchPaths([folder], lookAgain);
  await lookAgain();

  const note = async (receipt: Receipt, change: Partial<Receipt>) => {
    // What Codex says about a failed turn may quote a key.
    const changed = redactAll({ ...receipt, ...change }, redact);
    await writeReceipt(folder, changed).catch((error) =>
      warn(
        run,
        `The receipt of message ${receipt.id} could not be written: ${
          messageOf(error)
        }`,
      )
    );
    return changed;
  };

  return {
    async duringTurn(work) {
      const current: CurrentTurn = { controller: new AbortController() };
      turn = current;
      try {
        return await work({
          interrupt: current.controller.signal,
          onStarted(untilKept) {
            current.untilKept = untilKept;
            if (isUrgent) interrupt();
          },
        });
      } finally {
        turn = null;
        // Messages that are already there come next, and need not stop another turn.
        isUrgent = false;
      }
    },
    async next() {
      await lookAgain();
      for (;;) {
        const all = [...waiting.values()];
        const receipt = all.find(({ now }) => now) ?? all[0];
        if (receipt === undefined) return null;
        waiting.delete(receipt.id);
        pane.showWaiting(waiting.size);
        try {
          return { receipt, text: await readMessageText(folder, receipt.id) };
        } catch (error) {
          const reason = `Its text cannot be read: ${messageOf(error)}`;
          warn(run, `Message ${receipt.id} was not delivered: ${reason}`);
          await note(receipt, { reason });
        }
      }
    },
    async close(force) {
      try {
        return await closeMailbox(folder, async () => {
          await lookAgain();
          return force || waiting.size === 0;
        });
      } catch (error) {
        // Messages that come later are reported as undelivered once the run has ended.
        warn(run, `The mailbox could not be closed: ${messageOf(error)}`);
        return true;
      }
    },
    note,
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}
