import { type FleetContext, runServer } from "../fleet/context.ts";
import { tellEverybody } from "../fleet/notices.ts";
import { completeOverlaps, findOverlaps } from "../fleet/overlaps.ts";
import { endedRecord } from "../run/end.ts";
import { workerEnvironment } from "../run/environment.ts";
import type { RunId } from "../run/id.ts";
import { type EndedRecord, isEnded } from "../run/record.ts";
import { makeRedact } from "../run/redact.ts";
import { readRecord, type RunFiles, runFiles } from "../run/store.ts";
import { messageOf } from "../system/errors.ts";
import { markPane } from "../tmux/mod.ts";
import { acquireLock } from "../workspace/lock.ts";
import { watchForEnding } from "./ending.ts";
import { openPane } from "./pane.ts";
import { keepRecord } from "./record_keeper.ts";
import { runWorker } from "./run_worker.ts";
import type { SupervisedRun } from "./supervised_run.ts";

/**
 * What happens in a run's pane, from the first moment to the last word: it
 * holds the run's lock all the time, so that others know by the kernel that
 * it lives, and writes the run's end whatever happens.
 */
export async function supervise(
  context: FleetContext,
  id: RunId,
): Promise<void> {
  const files = runFiles(context.workspace, id);
  // `start` holds the lock until the pane is in the record.
  using _lock = await acquireLock(files.lock);
  const record = await readRecord(context.workspace, id);
  // Somebody was faster: the run was stopped or given up before it began.
  if (isEnded(record)) return;

  const env = await takeEnvironment(context, files);
  using ending = watchForEnding(files, record.timeout_ms);
  const keeper = keepRecord(context.workspace, {
    ...record,
    status: "running",
    started_at: new Date().toISOString(),
    supervisor_pid: Deno.pid,
  }, {
    redact: makeRedact(env),
    onRemoved: () =>
      ending.end({
        status: "failed",
        reason: "The folder of the run was removed",
        firstSignal: "SIGTERM",
      }),
  });
  using pane = openPane(keeper.current, env);
  const run: SupervisedRun = {
    context,
    id,
    files,
    env,
    keeper,
    pane,
    ending,
    worktree: null,
  };
  await keeper.updateNow({});
  if (record.pane) {
    // For those who clean up later; nothing here waits for it.
    markPane(runServer(context, record), record.pane.pane_id, id)
      .catch(() => {});
  }

  let final: EndedRecord;
  try {
    final = await runWorker(run);
  } catch (error) {
    const message = messageOf(error);
    final = endedRecord(keeper.current(), {
      status: ending.cause()?.status ?? "failed",
      endedAt: new Date(),
      reason: ending.cause()?.reason ?? message,
      failure: {
        class: "unknown",
        message,
        remedy: "Correct what the message says and start again",
      },
    });
  }
  await conclude(run, final);
}

/** Reads the caller's environment and removes it from the disk. */
async function takeEnvironment(
  context: FleetContext,
  files: RunFiles,
): Promise<Record<string, string>> {
  let env: Record<string, string>;
  try {
    env = JSON.parse(await Deno.readTextFile(files.env));
    await Deno.remove(files.env).catch(() => {});
  } catch {
    // Without it the worker has what the pane has, less what never passes.
    env = workerEnvironment(context.caller.env, []);
  }
  return { TERM: "xterm-256color", ...env };
}

/** Writes the end, tells everybody, and draws it. */
async function conclude(run: SupervisedRun, end: EndedRecord): Promise<void> {
  const { context, keeper, pane, files } = run;
  const overlaps = await findOverlaps(context.workspace, end).catch(() => []);
  const final = await keeper.finish({ ...end, overlaps });
  await Deno.remove(files.requests, { recursive: true }).catch(() => {});
  await Promise.all([
    pane.finish(final),
    tellEverybody(context, final),
    run.worktree?.leave(final),
    completeOverlaps(context.workspace, final).catch(() => {}),
  ]);
}
