import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  addMessage,
  closeMailbox,
  isFinal,
  MailboxClosed,
  messageState,
  readMessageText,
  readReceipt,
  readReceipts,
  type Receipt,
  removeEmptyMailbox,
  writeReceipt,
} from "../../src/run/messages.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { until } from "../support/until.ts";

const DRAFT = { from: "person", title: "Do", now: false } as const;
const TIME = "2026-01-02T03:04:05.678Z";

function add(folder: string, text = "Do"): Promise<Receipt> {
  return addMessage(
    folder,
    DRAFT,
    new TextEncoder().encode(text),
    () => Promise.resolve(),
  );
}

Deno.test("addMessage() numbers messages sent at once, and keeps each byte for byte", async () => {
  await using root = await temporaryFolder();
  const folder = join(root.path, "messages");
  const texts = Array.from({ length: 20 }, (_, index) => `${index}\r\n\0ü`);
  const receipts = await Promise.all(texts.map((text) => add(folder, text)));
  for (const [index, receipt] of receipts.entries()) {
    const text = await readMessageText(folder, receipt.id);
    assertEquals(new TextDecoder().decode(text), texts[index]);
  }
  const { receipts: read, damaged } = await readReceipts(folder);
  assertEquals(read.map(({ id }) => id), texts.map((_, index) => index + 1));
  assertEquals(damaged, []);
});

Deno.test("addMessage() leaves nothing behind if the check refuses", async () => {
  await using root = await temporaryFolder();
  const folder = join(root.path, "messages");
  await assertRejects(
    () =>
      addMessage(folder, DRAFT, new Uint8Array(), () => {
        throw new Error("no");
      }),
    Error,
    "no",
  );
  assertEquals((await readReceipts(folder)).receipts, []);
});

Deno.test("closeMailbox() misses no message that was taken, however many are sent meanwhile", async () => {
  await using root = await temporaryFolder();
  for (let round = 0; round < 25; round++) {
    const folder = join(root.path, String(round));
    await Deno.mkdir(folder);
    const taken = new Set<number>();
    let refused = 0;
    const senders = Array.from({ length: 4 }, async () => {
      for (let sent = 0; sent < 3; sent++) {
        try {
          taken.add((await add(folder)).id);
        } catch (error) {
          assert(error instanceof MailboxClosed);
          refused++;
        }
      }
    });
    const seen = new Set<number>();
    const look = async () => {
      const before = seen.size;
      for (const { id } of (await readReceipts(folder)).receipts) seen.add(id);
      return seen.size === before;
    };
    // A message that comes in between would have its turn.
    await until("the mailbox closes", () => closeMailbox(folder, look), {
      every: 0,
    });
    await Promise.all(senders);
    assertEquals(seen, taken);
    assertEquals(taken.size + refused, 12);
  }
});

Deno.test("removeEmptyMailbox() takes away only what never had a message", async () => {
  await using root = await temporaryFolder();
  const [empty, used] = [join(root.path, "empty"), join(root.path, "used")];
  await Deno.mkdir(empty);
  await closeMailbox(empty, () => Promise.resolve(true));
  await removeEmptyMailbox(empty);
  await assertRejects(() => Deno.stat(empty), Deno.errors.NotFound);
  await add(used);
  await removeEmptyMailbox(used);
  assertEquals((await readReceipts(used)).receipts.length, 1);
});

Deno.test("readReceipts() names what is damaged and follows no links", async () => {
  await using root = await temporaryFolder();
  const folder = join(root.path, "messages");
  const whole = await add(folder);
  for (const content of ["", "[]", "null", "{}", JSON.stringify(whole)]) {
    const { id } = await add(folder);
    await Deno.writeTextFile(join(folder, `${id}.json`), content);
  }
  const outside = join(root.path, "outside.json");
  await Deno.writeTextFile(outside, JSON.stringify({ ...whole, id: 7 }));
  await Deno.symlink(outside, join(folder, "7.json"));
  await Deno.writeTextFile(join(folder, "x.json"), "");
  assertEquals(await readReceipts(folder), {
    receipts: [whole],
    damaged: [2, 3, 4, 5, 6, 7],
  });
  assertEquals(await readReceipt(folder, 99), null);
  assertEquals((await add(folder)).id, 8);
});

Deno.test("messageState() tells what became of a message, also when its run ends without it", () => {
  const queued: Receipt = {
    ...DRAFT,
    id: 1,
    sent_at: TIME,
    accepted_at: null,
    delivered_at: null,
    answered_at: null,
    reason: null,
  };
  const delivered = { ...queued, delivered_at: TIME };
  const answered = { ...delivered, answered_at: TIME };
  const cases: [Receipt, string, string][] = [
    [queued, "queued", "undelivered"],
    [delivered, "delivered", "unanswered"],
    [{ ...queued, accepted_at: TIME }, "accepted", "undelivered"],
    [{ ...delivered, accepted_at: TIME }, "seen", "unanswered"],
    [answered, "answered", "answered"],
    [{ ...queued, reason: "no" }, "undelivered", "undelivered"],
    [{ ...delivered, reason: "no" }, "unanswered", "unanswered"],
  ];
  for (const [receipt, live, ended] of cases) {
    assertEquals(messageState(receipt, false), live);
    assertEquals(messageState(receipt, true), ended);
    assert(isFinal(messageState(receipt, true)));
  }
});

Deno.test("writeReceipt() replaces a receipt", async () => {
  await using root = await temporaryFolder();
  const folder = join(root.path, "messages");
  const receipt = { ...await add(folder), delivered_at: TIME };
  await writeReceipt(folder, receipt);
  assertEquals(await readReceipt(folder, 1), receipt);
});
