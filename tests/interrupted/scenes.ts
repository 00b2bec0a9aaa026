import { cleanRuns } from "../../src/fleet/clean.ts";
import { releaseRun } from "../../src/fleet/release.ts";
import { makeRun } from "../../src/fleet/start.ts";
import { withNextAttempt } from "../../src/lifecycle/make_attempt.ts";
import { settleAgain } from "../../src/lifecycle/settle_end.ts";
import { endedRecord } from "../../src/run/end.ts";
import { reconcileRun } from "../../src/lifecycle/reconcile.ts";
import { stopQueued } from "../../src/lifecycle/pump.ts";
import { writeStopRequest } from "../../src/lifecycle/stop_request.ts";
import { enterQueue, takeSlot } from "../../src/queue/queue_files.ts";
import { parseRunId, type RunId } from "../../src/run/id.ts";
import {
  isEnded,
  type RunRecord,
  SINGLE_ATTEMPT,
} from "../../src/run/record.ts";
import { markSeen } from "../../src/run/seen.ts";
import { appendNotice } from "../../src/lifecycle/notify_log.ts";
import { listRunIds, runFiles, writeRecord } from "../../src/run/store.ts";
import { makeRunFolder } from "../run/run_folder.ts";
import {
  finishedRecord,
  queuedRecord,
  runningRecord,
  startingRecord,
} from "../run/sample_record.ts";
import type { Ground } from "./ground.ts";

/** An operation of which every step may be the last. */
export interface Scene {
  /** What is done. */
  place: string;
  /** Makes what is there before. */
  prepare(ground: Ground): Promise<void>;
  operate(ground: Ground): Promise<unknown>;
  /** Who finishes it, if not everybody. */
  finisher?: "clean";
  /** What is wrong afterwards, once somebody has looked; for what only this scene knows. */
  check?(ground: Ground): Promise<string[]>;
}

const A = parseRunId("a");

async function addRun(
  { context: { workspace } }: Ground,
  record: RunRecord,
  where: "queue" | "active" | null,
): Promise<RunId> {
  const id = parseRunId(record.run_id);
  await makeRunFolder(workspace, id);
  const files = runFiles(workspace, id);
  await Deno.mkdir(files.requests);
  await Deno.writeTextFile(files.prompt, "Do it");
  await Deno.writeTextFile(files.env, "{}");
  await Deno.writeTextFile(files.lock, "");
  await writeRecord(workspace, record, { durable: false });
  if (where !== null) await enterQueue(workspace, id);
  if (where === "active") await takeSlot(workspace, id);
  if (isEnded(record) && where === null && record.next_run_id === null) {
    await appendNotice(workspace, record);
  }
  return id;
}

/** A run whose supervisor has died, and that is tried again. */
const DEAD = runningRecord({
  run_id: A,
  chain: { ...SINGLE_ATTEMPT, retries: 1, max_attempts: 3 },
});

function queued(change: Partial<RunRecord> = {}): RunRecord {
  return queuedRecord(A, change);
}

export const SCENES: readonly Scene[] = [
  {
    place: "making a run",
    prepare: () => Promise.resolve(),
    operate({ context }) {
      const { status: _, run_id: __, root_run_id: ___, ...task } =
        startingRecord();
      return makeRun(context, {
        request: { prompt: new TextEncoder().encode("Do it") },
        task,
        env: { WHOSE: "the caller's" },
      });
    },
    async check({ context: { workspace } }) {
      const count = (await listRunIds(workspace)).length;
      return count > 1 ? [`There are ${count} runs`] : [];
    },
  },
  {
    place: "ending a run and making its next attempt",
    prepare: async (ground) => void await addRun(ground, DEAD, "active"),
    operate: ({ context }) => reconcileRun(context, A),
    async check({ context: { workspace } }) {
      const count = (await listRunIds(workspace)).length;
      return count === 2 ? [] : [`There are ${count} runs instead of 2`];
    },
  },
  {
    place: "making the next attempt of a run that has ended",
    async prepare(ground) {
      const end = withNextAttempt(endedRecord(DEAD, {
        status: "lost",
        endedAt: new Date("2026-01-02T03:05:06Z"),
        reason: "The supervisor died",
        failure: { class: "killed", message: "It died", remedy: "Again" },
      }));
      await addRun(ground, end, "active");
    },
    operate: ({ context }) => settleAgain(context, A),
    async check({ context: { workspace } }) {
      const count = (await listRunIds(workspace)).length;
      return count === 2 ? [] : [`There are ${count} runs instead of 2`];
    },
  },
  {
    place: "ending a run that is the last of its chain",
    async prepare(ground) {
      await addRun(ground, runningRecord({ run_id: A }), "active");
      await writeStopRequest(runFiles(ground.context.workspace, A), {
        reason: "Enough",
      });
    },
    operate: ({ context }) => reconcileRun(context, A),
  },
  {
    place: "stopping a run that waits",
    prepare: async (ground) => void await addRun(ground, queued(), "queue"),
    operate: ({ context }) => stopQueued(context, A, "Enough"),
  },
  {
    place: "releasing a run",
    prepare: async (ground) =>
      void await addRun(ground, queued({ held: true }), "queue"),
    operate: ({ context }) => releaseRun(context, A),
  },
  {
    place: "removing old runs",
    finisher: "clean",
    async prepare(ground) {
      const first = finishedRecord({ run_id: A });
      const attempt = finishedRecord({
        run_id: parseRunId("b"),
        parent_run_id: A,
        root_run_id: A,
      });
      await addRun(ground, attempt, null);
      await addRun(ground, { ...first, next_run_id: "b" }, null);
      for (const id of [A, parseRunId("b")]) {
        await markSeen(ground.context.workspace, id);
      }
    },
    operate: ({ context }) =>
      cleanRuns(context, {
        olderThanMs: 0,
        keep: 0,
        dryRun: false,
        force: false,
      }),
  },
];
