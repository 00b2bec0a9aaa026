import { join } from "@std/path";
import * as z from "zod/mini";
import { writeFileAtomic, writeJsonAtomic } from "../files/atomic_file.ts";
import { acquireLock, acquireLockSoon, tryAcquireLock } from "../files/lock.ts";
import { ensureFolder } from "../files/make_new.ts";
import { entriesIfReadable, numbersIn } from "../files/entries_in.ts";
import { refuseLink } from "../files/refuse_link.ts";
import { MAX_BYTES, readBounded } from "../files/bounded_read.ts";
import { once } from "../system/once.ts";
import { AgentctlError } from "../system/errors.ts";
import { parseJson } from "../text/parse_json.ts";
import { insteadOfAbsent } from "../system/ignore.ts";

const Time = z.iso.datetime({ offset: true });

/** Made on first use, like the record's. */
const receiptSchema = once(() =>
  z.object({
    /** 1 for the first message of a run. */
    id: z.number(),
    from: z.enum(["person", "orchestrator"]),
    /** The first line of the message. */
    title: z.string(),
    /** Whether the current turn is stopped for it. */
    now: z.boolean(),
    sent_at: Time,
    /** When Codex accepted it for the turn in progress; `null` if it had, or will have, a turn of its own. */
    accepted_at: z._default(z.nullable(Time), null),
    /** When the worker began its turn with it, or had seen it within its turn. */
    delivered_at: z.nullable(Time),
    /** When the worker ended that turn. */
    answered_at: z.nullable(Time),
    /** Why it was not delivered or not answered, if there is more to say than that the run ended. */
    reason: z.nullable(z.string()),
  })
);

/** The state of a message, kept in a file beside its text. */
export type Receipt = z.infer<ReturnType<typeof receiptSchema>>;

/** What is known about a message when it is sent. */
export type MessageDraft = Pick<Receipt, "from" | "title" | "now">;

/**
 * `queued`: it is waiting for the end of a turn. `accepted`: Codex will show it to
 * the model with the next request. `seen`: the model has answered a request that contains
 * it. `delivered`: it has a turn of its own. The others are final: `answered`,
 * `unanswered` (its turn was not completed) and `undelivered` (it never had a turn).
 */
export type MessageState =
  | "queued"
  | "accepted"
  | "seen"
  | "delivered"
  | "answered"
  | "unanswered"
  | "undelivered";

/** The run takes no more messages. */
export class MailboxClosed extends AgentctlError {
  override name = "MailboxClosed";
  constructor() {
    super("usage", "Cannot send: the mailbox of the run is closed");
  }
}

/** The names in a run's `messages` folder. */
const names = {
  /** Held for a moment by a sender, and by the supervisor when it closes the mailbox. */
  lock: "lock",
  /** Exists once the supervisor takes no more messages. */
  closed: "closed",
  receipt: (id: number) => `${id}.json`,
  text: (id: number) => `${id}.md`,
};

/**
 * Puts a message into the `messages` folder of a run. `check` runs under the lock
 * and may throw. Throws {@linkcode MailboxClosed} if the supervisor takes no
 * more messages; it sees every message that was put into the folder before.
 */
export async function addMessage(
  folder: string,
  draft: MessageDraft,
  text: Uint8Array,
  check: () => Promise<void>,
): Promise<Receipt> {
  await makeFolder(folder);
  using _lock = await acquireLock(join(folder, names.lock));
  await check();
  const entries = await entriesOf(folder);
  const isClosed = entries.some(({ name }) => name === names.closed);
  if (isClosed) throw new MailboxClosed();
  const receipt: Receipt = {
    ...draft,
    id: Math.max(0, ...numbersIn(entries)) + 1,
    sent_at: new Date().toISOString(),
    accepted_at: null,
    delivered_at: null,
    answered_at: null,
    reason: null,
  };
  // A message exists once it has a receipt, so its text comes first.
  await writeFileAtomic(join(folder, names.text(receipt.id)), text);
  await writeReceipt(folder, receipt);
  return receipt;
}

/** How long a sender may take to put its message into the folder. */
const SENDING_MS = 5_000;

/**
 * Closes the mailbox if `isEmpty`, called under the lock, says that it is empty.
 * Returns whether it is now closed. A sender that was suspended while it held the
 * lock does not hold this up; its message will be reported as undelivered.
 */
export async function closeMailbox(
  folder: string,
  isEmpty: () => Promise<boolean>,
  { patienceMs = SENDING_MS } = {},
): Promise<boolean> {
  using _lock = await acquireLockSoon(join(folder, names.lock), patienceMs);
  if (!await isEmpty()) return false;
  const path = join(folder, names.closed);
  await refuseLink(path);
  await Deno.writeTextFile(path, "", { mode: 0o600 });
  return true;
}

/** Removes the folder of an ended run that never had a message. */
export async function removeEmptyMailbox(folder: string): Promise<void> {
  using lock = await tryAcquireLock(join(folder, names.lock));
  if (lock === null || numbersIn(await entriesOf(folder)).length > 0) return;
  await Deno.remove(folder, { recursive: true });
}

/** Makes the folder for the messages of an existing run. */
export async function makeFolder(folder: string): Promise<void> {
  await refuseLink(folder);
  await ensureFolder(folder);
}

/** The receipts in a folder in the order of sending, without those that are known, and the ids of those that cannot be read. */
export async function readReceipts(
  folder: string,
  known: ReadonlySet<number> = new Set(),
): Promise<{ receipts: Receipt[]; damaged: number[] }> {
  const receipts: Receipt[] = [];
  const damaged: number[] = [];
  for (const id of numbersIn(await entriesOf(folder))) {
    if (known.has(id)) continue;
    const receipt = await readReceipt(folder, id);
    if (receipt === null) damaged.push(id);
    else receipts.push(receipt);
  }
  return { receipts, damaged };
}

/** One receipt; `null` if it does not exist or cannot be read. */
export async function readReceipt(
  folder: string,
  id: number,
): Promise<Receipt | null> {
  const bytes = await readInside(folder, names.receipt(id)).catch(
    insteadOfAbsent(null, "a receipt that cannot be read counts as damaged"),
  );
  const receipt = bytes &&
    parseJson(new TextDecoder().decode(bytes), receiptSchema);
  return receipt?.id === id ? receipt : null;
}

/** Replaces a receipt; once the message has been sent, only the supervisor does this. */
export async function writeReceipt(
  folder: string,
  receipt: Receipt,
): Promise<void> {
  await writeJsonAtomic(join(folder, names.receipt(receipt.id)), receipt);
}

/** The text of a message, byte for byte as given. */
export async function readMessageText(
  folder: string,
  id: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return await readInside(folder, names.text(id));
}

/** The state of a message. A run that has ended neither delivers nor answers any more. */
export function messageState(
  receipt: Receipt,
  runHasEnded: boolean,
): MessageState {
  if (receipt.answered_at !== null) return "answered";
  const isOver = runHasEnded || receipt.reason !== null;
  if (receipt.delivered_at !== null) {
    return isOver
      ? "unanswered"
      : receipt.accepted_at === null
      ? "delivered"
      : "seen";
  }
  if (isOver) return "undelivered";
  return receipt.accepted_at === null ? "queued" : "accepted";
}

/** Whether the state of a message is final. */
export function isFinal(state: MessageState): boolean {
  return !["queued", "accepted", "seen", "delivered"].includes(state);
}

/** A link could lead out of the store. */
async function readInside(
  folder: string,
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if ((await Deno.lstat(folder)).isSymlink) {
    throw new Error("its folder is a link");
  }
  return await readBounded(join(folder, name), { maxBytes: MAX_BYTES.prompt });
}

function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  const why = "a mailbox that cannot be read counts as empty";
  return entriesIfReadable(folder, why);
}
