import { workerEnvironment } from "../run/environment.ts";
import { isRunId, makeRunId } from "../run/id.ts";
import { type EndedRecord, type LiveRecord, taskOf } from "../run/record.ts";
import { runFiles, writeRecord } from "../run/store.ts";
import { writeFileAtomic } from "../files/atomic_file.ts";
import { exists } from "../files/exists.ts";
import { acquireLock } from "../files/lock.ts";
import { attemptPrompt } from "./attempt_prompt.ts";
import type { FleetContext } from "../workspace/context.ts";
import { nextAttempt, retryDelayMs } from "./next_attempt.ts";
import { enterQueue } from "../queue/queue_files.ts";
import { forgottenByAttempt } from "../task/task_choices.ts";

/** The final record, with the id of the next attempt if there is one. */
export function withNextAttempt(record: EndedRecord): EndedRecord {
  if (nextAttempt(record) === null) return record;
  return { ...record, next_run_id: makeRunId(new Date()) };
}

/**
 * Makes the run that a final record names as its next attempt, and adds it to
 * the queue. Any process that finds it missing may call this: it is made only
 * once. `env` is what the worker gets, or the caller's own if the original is
 * gone.
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
  await Deno.mkdir(files.requests, { recursive: true, mode: 0o700 });
  using _lock = await acquireLock(files.lock);
  if (await exists(files.record)) return;
  const now = new Date();
  const hasSameProfile = next.profile === previous.profile;
  const record: LiveRecord = {
    ...taskOf(previous),
    ...forgottenByAttempt(hasSameProfile),
    status: "queued",
    run_id: id,
    profile: next.profile,
    ...hasSameProfile ? {} : { model: null },
    created_at: now.toISOString(),
    parent_run_id: previous.run_id,
    resumed_thread_id: next.continues ? previous.thread_id : null,
    not_before: next.cause === "retry"
      ? new Date(now.getTime() + retryDelayMs(next.chain.attempt)).toISOString()
      : null,
    chain: next.chain,
    thread_id: null,
    last_activity_at: null,
    activity: null,
    usage: null,
    thread_usage: next.continues ? previous.thread_usage : null,
    pane: null,
    supervisor_pid: null,
    warnings: [],
    repository: null,
    guard: null,
  };
  const prompt = await attemptPrompt(workspace, previous, next);
  const envText = JSON.stringify(env ?? workerEnvironment(caller.env, []));
  await Promise.all([
    writeFileAtomic(files.prompt, prompt, { durable: false }),
    writeFileAtomic(files.env, envText, { durable: false }),
    enterQueue(workspace, id),
  ]);
  await writeRecord(workspace, record);
}
