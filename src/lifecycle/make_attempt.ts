import { FIRST_PROGRESS } from "../run/first_progress.ts";
import { workerEnvironment } from "../run/environment.ts";
import { isRunId, makeRunId } from "../run/id.ts";
import { type EndedRecord, type LiveRecord, taskOf } from "../run/record.ts";
import { beginRun, filesInMaking, putAway } from "../run/new_run.ts";
import { type RunFiles, runFiles } from "../run/store.ts";
import { writeFileAtomic } from "../files/atomic_file.ts";
import { MAX_BYTES, readTextIfThere } from "../files/bounded_read.ts";
import { exists } from "../files/exists.ts";
import { attemptPrompt } from "./attempt_prompt.ts";
import type { FleetContext } from "../workspace/context.ts";
import { nextAttempt, pauseMs } from "./next_attempt.ts";
import { leaveQueue, publishQueued } from "../queue/queue_files.ts";
import { forgottenByAttempt } from "../task/task_choices.ts";

/** The final record, with the id of the next attempt if there is one. */
export function withNextAttempt(record: EndedRecord): EndedRecord {
  if (nextAttempt(record) === null) return record;
  return { ...record, next_run_id: makeRunId(new Date()) };
}

/**
 * Makes the run that a final record names as its next attempt, and adds it to
 * the queue, unless it is there. The caller must hold the lock of the run before,
 * so that it is made once. `env` is what the worker gets: without it, what the
 * last one who tried to make the attempt had written, or else the caller's own.
 */
export async function makeAttempt(
  context: FleetContext,
  previous: EndedRecord,
  env?: Record<string, string>,
): Promise<void> {
  const { workspace, caller } = context;
  const id = previous.next_run_id;
  const next = nextAttempt(previous);
  if (id === null || !isRunId(id) || next === null) return;
  const files = runFiles(workspace, id);
  if (await exists(files.record)) return;
  const envText = env === undefined
    ? await environmentLeft([files, filesInMaking(workspace, id)]) ??
      JSON.stringify(workerEnvironment(caller.env, []))
    : JSON.stringify(env);
  // Earlier versions made it where everybody saw it.
  await putAway(workspace, files.folder);
  using run = await beginRun(workspace, id, () => id);
  const now = new Date();
  const hasSameProfile = next.profile === previous.profile;
  // What had continued a thread, and got nowhere, continues it still.
  const thread = next.continues
    ? previous.thread_id
    : next.cause === "escalation"
    ? null
    : previous.resumed_thread_id;
  const record: LiveRecord = {
    ...FIRST_PROGRESS,
    ...taskOf(previous),
    ...forgottenByAttempt(hasSameProfile),
    status: "queued",
    run_id: id,
    profile: next.profile,
    ...hasSameProfile ? {} : { model: null },
    created_at: now.toISOString(),
    parent_run_id: previous.run_id,
    resumed_thread_id: thread,
    not_before: next.cause === "retry"
      ? new Date(now.getTime() + pauseMs(previous.chain, next.chain))
        .toISOString()
      : null,
    chain: next.chain,
    thread_usage: thread === null ? null : previous.thread_usage,
    host: run.host,
  };
  try {
    const prompt = await attemptPrompt(workspace, previous, next);
    await Promise.all([
      writeFileAtomic(run.files.prompt, prompt, { durable: false }),
      writeFileAtomic(run.files.env, envText, { durable: false }),
      Deno.mkdir(run.files.requests, { mode: 0o700 }),
    ]);
    await publishQueued(workspace, run, record);
  } catch (error) {
    await run.discard();
    await leaveQueue(workspace, id);
    throw error;
  }
}

/** The environment of the worker, if somebody died after having written it. */
async function environmentLeft(
  places: readonly RunFiles[],
): Promise<string | null> {
  for (const { env } of places) {
    const text = await readTextIfThere(env, { maxBytes: MAX_BYTES.settings });
    if (text !== null) return text;
  }
  return null;
}
