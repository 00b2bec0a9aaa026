import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import {
  listMessages,
  sendMessage,
  waitForAnswer,
} from "../../src/fleet/send.ts";
import { closeMailbox, writeReceipt } from "../../src/run/messages.ts";
import { endedRecord } from "../../src/run/end.ts";
import { type LiveRecord, parseRecord } from "../../src/run/record.ts";
import { readRecord, writeRecord } from "../../src/run/store.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { acquireLock } from "../../src/files/lock.ts";
import {
  finishedRecord,
  runningRecord,
  startingRecord,
} from "../run/sample_record.ts";
import { fleetStage } from "./fleet_stage.ts";
import { within } from "../support/until.ts";

function request(text: string) {
  return {
    text: new TextEncoder().encode(text),
    now: false,
    from: "person",
  } as const;
}

Deno.test("sendMessage() takes messages for a run that waits in the queue", async () => {
  await using stage = await fleetStage();
  const { context } = stage;
  const record = parseRecord({ ...startingRecord(), status: "queued" });
  const { id } = await stage.addRun(record);
  const receipt = await sendMessage(context, id, request("# Use tabs\nall"));
  assertEquals([receipt.id, receipt.title], [1, "Use tabs"]);
  const queued = await listMessages(context, record, id);
  assertEquals(queued.messages.map(({ state }) => state), ["queued"]);
  // Stopped before it began.
  await writeRecord(
    context.workspace,
    endedRecord(record as LiveRecord, {
      status: "stopped",
      endedAt: new Date(),
      reason: "Stopped",
    }),
  );
  const answer = await waitForAnswer(context, id, 1, undefined);
  assertEquals(answer?.state, "undelivered");
});

Deno.test("sendMessage() says what to do instead, by how far the run has come", async () => {
  await using stage = await fleetStage();
  const { context } = stage;
  const ended = async (
    change: { run_id: string; thread_id: string | null },
    nextRunId: string | null = null,
  ) => {
    const record = { ...finishedRecord(change), next_run_id: nextRunId };
    const { id } = await stage.addRun(record);
    return await refusal(id);
  };
  const refusal = async (id: Parameters<typeof sendMessage>[1]) => {
    const error = await assertRejects(
      () => sendMessage(context, id, request("x")),
      AgentctlError,
    );
    assertEquals(error.exitCode, 2);
    return error.message;
  };
  assertEquals(
    await ended({ run_id: "a", thread_id: "t" }),
    'Cannot send to run "a": it has ended; continue it with "agentctl resume --parent-run-id a"',
  );
  assertEquals(
    await ended({ run_id: "b", thread_id: null }),
    'Cannot send to run "b": it has ended; start a new run instead',
  );
  assertEquals(
    await ended({ run_id: "c", thread_id: "t" }, "d"),
    'Cannot send to run "c": it has ended; send to its next attempt "d"',
  );
  const { id, files } = await stage.addRun(runningRecord({ run_id: "e" }));
  using _lock = await acquireLock(files.lock);
  await Deno.mkdir(files.messages);
  await closeMailbox(files.messages, () => Promise.resolve(true));
  assertEquals(
    await refusal(id),
    'Cannot send to run "e": its last turn has ended; wait for it with "agentctl wait e" and continue it with "agentctl resume --parent-run-id e"',
  );
});

Deno.test("sendMessage() puts no secret into the receipt and all of the text beside it", async () => {
  await using stage = await fleetStage();
  const { id, files } = await stage.addRun(runningRecord({ run_id: "a" }));
  using _lock = await acquireLock(files.lock);
  const { workspace, caller } = stage.context;
  const env = { ...caller.env, OPENAI_API_KEY: "sk-0123456789" };
  const receipt = await sendMessage(
    { workspace, caller: { ...caller, env } },
    id,
    request("Use sk-0123456789"),
  );
  assertEquals(receipt.title, "Use [OPENAI_API_KEY]");
  assertEquals(
    await Deno.readTextFile(join(files.messages, "1.md")),
    "Use sk-0123456789",
  );
});

Deno.test("waitForAnswer() is woken by the answer, and gives up when it should", async () => {
  await using stage = await fleetStage();
  const { context } = stage;
  const { id, files } = await stage.addRun(runningRecord({ run_id: "a" }));
  using _lock = await acquireLock(files.lock);
  const receipt = await sendMessage(context, id, request("x"));
  const gaveUp = await waitForAnswer(context, id, 1, AbortSignal.timeout(50));
  assertEquals(gaveUp, null);
  const waiting = waitForAnswer(context, id, 1, undefined);
  const time = new Date().toISOString();
  const delivered = { ...receipt, delivered_at: time };
  await writeReceipt(files.messages, delivered);
  await writeReceipt(files.messages, { ...delivered, answered_at: time });
  assertEquals(
    (await within("the answer wakes its sender", waiting))?.state,
    "answered",
  );
  await assertRejects(
    () => waitForAnswer(context, id, 2, undefined),
    AgentctlError,
    "Cannot read the receipt of message 2",
  );
  assertEquals((await readRecord(context.workspace, id)).status, "running");
});
