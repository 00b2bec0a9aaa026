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

/** What a turn tells while it lasts, and what stops it alone. */
export interface TurnWatch {
  /** Aborted when a message does not wait for the turn's end. */
  interrupt: AbortSignal;
  /**
   * To be called when Codex has begun the turn. `untilKept` resolves when its
   * prompt would not be lost with it.
   */
  onStarted(untilKept: () => Promise<void>): void;
}

/** A message that is to be delivered. */
export interface WaitingMessage {
  receipt: Receipt;
  text: Uint8Array<ArrayBuffer>;
}

/** The messages of a run, as its supervisor handles them. */
export interface Mailbox extends Disposable {
  /** Has the work of one turn done, watched for messages that stop it. */
  duringTurn<T>(work: (watch: TurnWatch) => Promise<T>): Promise<T>;
  /** The message that goes next; `null` if none waits. */
  next(): Promise<WaitingMessage | null>;
  /** Closes it, unless a message has come; with `force`, whatever has come. Returns whether it is closed. */
  close(force: boolean): Promise<boolean>;
  /** Writes what has become of a message. */
  note(receipt: Receipt, change: Partial<Receipt>): Promise<Receipt>;
}

interface CurrentTurn {
  controller: AbortController;
  /** There when Codex has begun. */
  untilKept?: () => Promise<void>;
}

/** A sender that was halted with the lock in its hands must not hold up the run. */
const LOCK_PATIENCE_MS = 5_000;

/** Opens the mailbox of a run; the pane shows what comes in. */
export async function openMailbox(run: SupervisedRun): Promise<Mailbox> {
  const { pane, files: { messages: folder } } = run;
  /** What waits, by id; messages that were delivered or given up are no longer in it. */
  const waiting = new Map<number, Receipt>();
  const known = new Set<number>();
  const redact = makeRedact(run.env);
  let turn: CurrentTurn | null = null;
  /** A message that does not wait has come, for the turn that lasts or the one that begins next. */
  let isUrgent = false;
  await makeFolder(folder).catch((error) =>
    warn(run, `No messages can be taken: ${messageOf(error)}`)
  );

  const look = async () => {
    const { receipts, damaged } = await readReceipts(folder);
    for (const id of damaged) {
      if (known.has(id)) continue;
      known.add(id);
      warn(run, `The receipt of message ${id} is damaged; it is left as it is`);
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
    await untilKept?.().catch(() => {});
    if (untilKept) controller?.abort();
  };
  // One look after the other, so that none sees a message for the first time twice.
  let looking: Promise<void> = Promise.resolve();
  const lookAgain = () => looking = looking.then(look).catch(() => {});
  const watch = watchPaths([folder], lookAgain);
  await lookAgain();

  const note = async (receipt: Receipt, change: Partial<Receipt>) => {
    // What Codex says of a failed turn may quote a key.
    const changed = redactAll({ ...receipt, ...change }, redact);
    await writeReceipt(folder, changed).catch((error) =>
      warn(
        run,
        `The receipt of message ${receipt.id} is not kept: ${messageOf(error)}`,
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
        // What is there by now comes next, and need not stop that too.
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
          warn(run, `Message ${receipt.id} is not delivered: ${reason}`);
          await note(receipt, { reason });
        }
      }
    },
    async close(force) {
      const closing = closeMailbox(folder, async () => {
        await lookAgain();
        return force || waiting.size === 0;
      });
      const patience = Promise.withResolvers<true>();
      const timer = setTimeout(() => patience.resolve(true), LOCK_PATIENCE_MS);
      try {
        return await Promise.race([closing, patience.promise]);
      } catch (error) {
        // What comes later is told as undelivered when the run has ended.
        warn(run, `The mailbox could not be closed: ${messageOf(error)}`);
        return true;
      } finally {
        clearTimeout(timer);
      }
    },
    note,
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}
