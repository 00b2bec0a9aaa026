import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { addMessage, readReceipts } from "../../src/run/messages.ts";
import { openMailbox } from "../../src/supervisor/mailbox.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { pretendRun } from "./pretend_run.ts";

function send(folder: string, title: string, now = false) {
  return addMessage(
    folder,
    { from: "person", title, now },
    new TextEncoder().encode(title),
    () => Promise.resolve(),
  );
}

Deno.test("openMailbox() closes only when nothing has come since the last look", async () => {
  await using root = await temporaryFolder();
  const folder = join(root.path, "messages");
  using mailbox = await openMailbox(pretendRun(folder).run);
  assertEquals(await mailbox.next(), null);
  await send(folder, "late");
  assertEquals(await mailbox.close(false), false);
  const message = await mailbox.next();
  assertEquals(message?.receipt.title, "late");
  assertEquals(new TextDecoder().decode(message?.text), "late");
  assertEquals(await mailbox.close(false), true);
  const refused = await send(folder, "too late").catch((error) => error.name);
  assertEquals(refused, "MailboxClosed");
});

Deno.test("openMailbox() gives what cannot wait first, and the rest in the order of sending", async () => {
  await using root = await temporaryFolder();
  const folder = join(root.path, "messages");
  using mailbox = await openMailbox(pretendRun(folder).run);
  await send(folder, "a");
  await send(folder, "b");
  await send(folder, "c", true);
  const titles = [];
  for (let i = 0; i < 3; i++) {
    titles.push((await mailbox.next())?.receipt.title);
  }
  assertEquals(titles, ["c", "a", "b"]);
  assertEquals(await mailbox.close(true), true);
});

Deno.test("openMailbox() stops a turn for a message once, and not before its prompt is kept", async () => {
  await using root = await temporaryFolder();
  const folder = join(root.path, "messages");
  const { run, notes } = pretendRun(folder);
  using mailbox = await openMailbox(run);
  const kept = Promise.withResolvers<void>();
  await mailbox.duringTurn(async ({ interrupt, onStarted }) => {
    await send(folder, "one", true);
    await mailbox.close(false);
    assertEquals(interrupt.aborted, false);
    onStarted(() => kept.promise);
    await Promise.resolve();
    assertEquals(interrupt.aborted, false);
    const aborted = new Promise((resolve) =>
      interrupt.addEventListener("abort", resolve)
    );
    kept.resolve();
    await aborted;
    await send(folder, "two", true);
    await mailbox.close(false);
  });
  assertEquals(notes, [
    ...["Message 1 stops this turn: one", "Message 2 stops this turn: two"],
  ]);
  assertEquals((await mailbox.next())?.receipt.title, "one");
  await mailbox.duringTurn(({ interrupt, onStarted }) => {
    onStarted(() => Promise.resolve());
    return mailbox.close(false).then(() => assert(!interrupt.aborted));
  });
  assertEquals((await mailbox.next())?.receipt.title, "two");
});

Deno.test("openMailbox() goes on where a receipt or a text is damaged, and says so once", async () => {
  await using root = await temporaryFolder();
  const folder = join(root.path, "messages");
  const { run, warnings } = pretendRun(folder);
  await send(folder, "damaged");
  await Deno.writeTextFile(join(folder, "1.json"), "{");
  await send(folder, "without text");
  await Deno.remove(join(folder, "2.md"));
  await send(folder, "whole");
  // Only now, or it may have read the first before that was damaged.
  using mailbox = await openMailbox(run);
  assertEquals((await mailbox.next())?.receipt.title, "whole");
  assertEquals(await mailbox.next(), null);
  assertEquals(warnings.length, 2, warnings.join("\n"));
  const message = await send(folder, "failed");
  await mailbox.note(message, { reason: "Bad key sk-0123456789" });
  const { receipts } = await readReceipts(folder);
  assertEquals(receipts.at(-1)?.reason, "Bad key [API_KEY]");
  assertEquals(
    receipts[0]?.reason?.startsWith("Its text cannot be read"),
    true,
  );
});
