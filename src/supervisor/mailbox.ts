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
import type { Steer } from "../transport/turn.ts";
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
  /** To be called when messages can be put into the turn, and with `null` when that is over. */
  onSteerable(steer: Steer | null): void;
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
  /** Records how the turn ended for the messages that were put into it. */
  settle(change: Partial<Receipt>): Promise<void>;
  /** Records the state of a message. */
  note(receipt: Receipt, change: Partial<Receipt>): Promise<Receipt>;
}

interface CurrentTurn {
  controller: AbortController;
  /** Set once Codex has begun. */
  untilKept?: () => Promise<void>;
  /** Set while messages can be put into it. */
  steer?: Steer | null;
}

/** Shows in the pane what the worker is told. */
export function sayMessage(
  { pane }: SupervisedRun,
  receipt: Receipt,
  text: Uint8Array<ArrayBuffer>,
): void {
  const whose = receipt.from === "person" ? "you" : "the orchestrator";
  pane.transcript.said(
    `Message ${receipt.id}, from ${whose}`,
    new TextDecoder().decode(text),
  );
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
    const { receipts, damaged } = await readReceipts(folder, known);
    for (const id of damaged) {
      known.add(id);
      warn(run, `The receipt of message ${id} is damaged; it was left alone`);
    }
    for (const receipt of receipts) {
      known.add(receipt.id);
      waiting.set(receipt.id, receipt);
      if (receipt.now) interrupt();
      if (turn === null) continue;
      if (turn.steer && !receipt.now) continue;
      pane.transcript.note(
        receipt.now
          ? `Message ${receipt.id} stops this turn: ${receipt.title}`
          : `Message ${receipt.id} waits for the end of this turn: ${receipt.title}`,
      );
    }
    pane.showWaiting(waiting.size);
    steerNext();
  };
  /** Puts what waits into the turn, one message after another, unless one of them wants a turn of its own. */
  let steering = false;
  const steerNext = async () => {
    const steer = turn?.steer;
    const receipt = waiting.values().next().value;
    if (!steer || !receipt || steering || isUrgent) return;
    steering = true;
    const isDone = await steerOne(steer, receipt)
      .finally(() => steering = false);
    // If it was not taken, the turn is over; the next one may have begun.
    if (isDone || turn?.steer !== steer) await steerNext();
  };
  /** Returns whether the message need not wait any more. */
  const steerOne = async (steer: Steer, receipt: Receipt) => {
    const text = await textOf(receipt);
    if (text === null) return true;
    const heard = { latest: Promise.resolve(receipt) };
    const change = (what: Partial<Receipt>) =>
      heard.latest = heard.latest.then((latest) => note(latest, what));
    let isLost = false;
    const accepted = await steer({
      text,
      onSeen() {
        seen.push(change);
        change({ delivered_at: new Date().toISOString() });
      },
      onLost() {
        isLost = true;
        waiting.set(receipt.id, { ...receipt, accepted_at: null });
        change({ accepted_at: null });
      },
    });
    // The turn may have ended before we heard that it took the message.
    if (!accepted || isLost) return false;
    waiting.delete(receipt.id);
    pane.showWaiting(waiting.size);
    sayMessage(run, receipt, text);
    change({ accepted_at: new Date().toISOString() });
    return true;
  };
  /** What records the states of the messages that the worker has seen in this turn. */
  let seen: ((change: Partial<Receipt>) => Promise<Receipt>)[] = [];
  /** The text of a message; `null` if it cannot be read, which its receipt then says. */
  const textOf = async (receipt: Receipt) => {
    try {
      return await readMessageText(folder, receipt.id);
    } catch (error) {
      waiting.delete(receipt.id);
      const reason = `Its text cannot be read: ${messageOf(error)}`;
      warn(run, `Message ${receipt.id} was not delivered: ${reason}`);
      await note(receipt, { reason });
      return null;
    }
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
  // One scan at a time, so that no message is seen for the first time twice; a
  // scan that has not begun will do for all changes until then.
  let looking: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  const lookAgain = () =>
    next ??= looking = looking.then(() => {
      next = null;
      return look();
    }).catch(ignored("the next change of the mailbox looks again"));
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
          onSteerable(steer) {
            current.steer = steer;
            steerNext();
          },
        });
      } finally {
        turn = null;
        seen = [];
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
        const text = await textOf(receipt);
        if (text !== null) return { receipt, text };
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
    async settle(change) {
      await Promise.all(seen.map((record) => record(change)));
    },
    note,
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}
