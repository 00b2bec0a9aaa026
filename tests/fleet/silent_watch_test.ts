import { assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { followFile } from "../../src/files/follow_file.ts";
import { followLines } from "../../src/files/follow_lines.ts";
import { acquireLock } from "../../src/files/lock.ts";
import { driveQueue } from "../../src/lifecycle/drive_queue.ts";
import { waitForAnswer } from "../../src/fleet/send.ts";
import { writeStopRequest } from "../../src/lifecycle/stop_request.ts";
import { waitForRuns } from "../../src/fleet/wait.ts";
import { makeMark } from "../../src/run/marks.ts";
import { addMessage, writeReceipt } from "../../src/run/messages.ts";
import { writeRecord } from "../../src/run/store.ts";
import { watchForEnding } from "../../src/supervisor/ending.ts";
import { openMailbox } from "../../src/supervisor/mailbox.ts";
import { workspacePaths } from "../../src/workspace/workspace.ts";
import { finishedRecord, runningRecord } from "../run/sample_record.ts";
import { pretendRun } from "../supervisor/pretend_run.ts";
import { until, within } from "../support/until.ts";
import { type FleetStage, fleetStage } from "./fleet_stage.ts";

/** Makes the system tell of no change, as a network file system does of those that another machine makes. */
function silenceWatches(): Disposable {
  const { watchFs } = Deno;
  const set = (value: unknown) =>
    Object.defineProperty(Deno, "watchFs", { value, configurable: true });
  set(() => {
    const closed = Promise.withResolvers<IteratorResult<Deno.FsEvent>>();
    return {
      [Symbol.asyncIterator]: () => ({ next: () => closed.promise }),
      close: () => closed.resolve({ done: true, value: undefined }),
    };
  });
  return { [Symbol.dispose]: () => set(watchFs) };
}

/** Begins to wait for something, and returns what makes it happen and what then becomes of the wait. */
type Waiter = (stage: FleetStage) => Promise<{
  happen(): Promise<unknown>;
  end: Promise<unknown>;
  expected: unknown;
}>;

/** A run whose supervisor lives: the test is the supervisor. */
async function heldRun(stage: FleetStage, run_id: string) {
  const run = await stage.addRun(runningRecord({ run_id }));
  return { ...run, lock: await acquireLock(run.files.lock) };
}

function send(folder: string, now: boolean) {
  const words = { from: "person", title: "hurry", now } as const;
  const text = new TextEncoder().encode("hurry");
  return addMessage(folder, words, text, () => Promise.resolve());
}

const WAITERS: Record<string, Waiter> = {
  async "wait sees the end of a run"(stage) {
    const { id, lock } = await heldRun(stage, "waited");
    return {
      end: waitForRuns(stage.context, [id]).then(([record]) => {
        lock.release();
        return record?.status;
      }),
      happen: () =>
        writeRecord(
          stage.context.workspace,
          finishedRecord({ run_id: "waited" }),
        ),
      expected: "finished",
    };
  },

  async "send --wait sees the answer"(stage) {
    const { id, files, lock } = await heldRun(stage, "asked");
    const receipt = await send(files.messages, false);
    const stop = new AbortController();
    return {
      end: waitForAnswer(stage.context, id, receipt.id, stop.signal)
        .then((message) => {
          lock.release();
          return message?.state;
        }),
      happen() {
        const delivered_at = new Date().toISOString();
        return writeReceipt(files.messages, {
          ...receipt,
          delivered_at,
          answered_at: delivered_at,
        });
      },
      expected: "answered",
    };
  },

  async "the driver of the queue sees a slot whose run has ended"(stage) {
    const { workspace } = stage.context;
    const { id } = await stage.addRun(finishedRecord({ run_id: "ended" }));
    const driving = driveQueue(stage.context);
    const slot = join(workspacePaths.active(workspace), id);
    const taken = Promise.withResolvers<void>();
    return {
      async happen() {
        await makeMark(workspacePaths.active(workspace), id);
        taken.resolve();
      },
      end: taken.promise.then(async () => {
        await until("the slot is free", async () => !await exists(slot));
        await driving[Symbol.asyncDispose]();
      }),
      expected: undefined,
    };
  },

  async "tail sees a line"(stage) {
    const path = join(stage.tmux.folder, "notify.log");
    await Deno.writeTextFile(path, "old\n");
    const lines = followLines(path, 1);
    await lines.next();
    const next = lines.next();
    return {
      end: next.then(async ({ value }) => {
        await lines.return(null);
        return value;
      }),
      happen: () => Deno.writeTextFile(path, "new\n", { append: true }),
      expected: "new",
    };
  },

  async "the supervisor sees what Codex adds to its rollout"(stage) {
    const path = join(stage.tmux.folder, "rollout.jsonl");
    await Deno.writeTextFile(path, "");
    const read = Promise.withResolvers<string>();
    const file = followFile(
      path,
      (bytes) => read.resolve(new TextDecoder().decode(bytes)),
    );
    return {
      end: read.promise.finally(() => file[Symbol.dispose]()),
      happen: () => Deno.writeTextFile(path, "tokens"),
      expected: "tokens",
    };
  },

  async "the supervisor sees a message that cannot wait"(stage) {
    const folder = join(stage.tmux.folder, "messages");
    const mailbox = await openMailbox(pretendRun(folder).run);
    const turn = mailbox.duringTurn(({ interrupt, onStarted }) => {
      onStarted(() => Promise.resolve());
      return new Promise<string>((resolve) =>
        interrupt.addEventListener("abort", () => resolve("stopped"))
      );
    });
    return {
      end: turn.finally(() => mailbox[Symbol.dispose]()),
      happen: () => send(folder, true),
      expected: "stopped",
    };
  },

  async "the supervisor sees a request to stop"(stage) {
    const { files } = await stage.addRun(runningRecord({ run_id: "stopped" }));
    const ending = watchForEnding(files, null);
    const ended = Promise.withResolvers<unknown>();
    ending.signal.addEventListener(
      "abort",
      () => ended.resolve(ending.cause()?.reason),
    );
    return {
      end: ended.promise.finally(() => ending[Symbol.dispose]()),
      happen: () => writeStopRequest(files, { reason: "Enough" }),
      expected: "Enough",
    };
  },
};

Deno.test({
  name: "whoever waits looks by itself where the system tells of no change",
  // Its waits for locks end with the locks.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(test) {
    await using stage = await fleetStage();
    using _silence = silenceWatches();
    // All at once: each of them waits for its next look.
    const waiters = [];
    for (const [name, begin] of Object.entries(WAITERS)) {
      waiters.push({ name, ...await begin(stage) });
    }
    // They have looked, and seen nothing.
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const { happen } of waiters) await happen();
    const ends = waiters.map(({ name, end }) =>
      within(name, end, { within: 20_000 })
    );
    await Promise.allSettled(ends);
    for (const [index, { name, expected }] of waiters.entries()) {
      await test.step(name, async () => {
        assertEquals(await ends[index], expected);
      });
    }
  },
});
