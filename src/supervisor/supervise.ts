import type { FleetContext } from "../workspace/context.ts";
import { runServer } from "../lifecycle/run_server.ts";
import { driveQueue } from "../lifecycle/drive_queue.ts";
import { withNextAttempt } from "../lifecycle/make_attempt.ts";
import { pumpQuietly } from "../lifecycle/pump_quietly.ts";
import { hasSlot } from "../queue/queue_files.ts";
import { settleEnd } from "../lifecycle/settle_end.ts";
import { completeOverlaps, findOverlaps } from "../worktrees/overlaps.ts";
import { endedRecord } from "../run/end.ts";
import { workerEnvironment } from "../run/environment.ts";
import type { RunId } from "../run/id.ts";
import { removeEmptyMailbox } from "../run/messages.ts";
import {
  type EndedRecord,
  isEnded,
  type LiveRecord,
  type RunFailure,
} from "../run/record.ts";
import { makeRedact } from "../run/redact.ts";
import { beat, SIGN_OF_LIFE_MS } from "../run/run_host.ts";
import { readRecord, type RunFiles, runFiles } from "../run/store.ts";
import {
  MAX_BYTES,
  readBounded,
  readTextBounded,
} from "../files/bounded_read.ts";
import { thisHostSince } from "../system/host.ts";
import { messageOf } from "../system/errors.ts";
import { markPane } from "../tmux/panes.ts";
import { awaitLock, LockBusy } from "../files/lock.ts";
import { watchForEnding } from "./ending.ts";
import { WorkRefused } from "./folder_guard.ts";
import { openPane } from "./pane.ts";
import { keepRecord } from "./record_keeper.ts";
import { runWorker } from "./run_worker.ts";
import { type SupervisedRun, warn } from "./supervised_run.ts";
import { dropUselessTmpdir } from "./temporary_place.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import {
  hideFromDebugging,
  ignore,
  ignored,
  instead,
} from "../system/ignore.ts";

/**
 * What happens in a run's pane, from the first moment to the last: this holds
 * the run's lock all the time, so that others can tell from the kernel that it
 * is alive, and writes the run's end whatever happens.
 */
export async function supervise(
  context: FleetContext,
  id: RunId,
): Promise<void> {
  const files = runFiles(context.workspace, id);
  // `start` holds the lock until the pane is in the record. It may be stopped, but nothing waits for this process yet.
  using _lock = await awaitLock(files.lock);
  const record = await readRecord(context.workspace, id);
  // The run was stopped or given up before it began.
  if (isEnded(record) || record.status === "running") return;
  // The process that made this pane died before it could record that, and the run waits again.
  if (record.status === "queued" && !await hasSlot(context.workspace, id)) {
    return;
  }

  const host = thisHostSince(context.caller.env);
  const env = await takeEnvironment(context, files);
  const withoutTmpdir = await dropUselessTmpdir(env);
  hideFromDebugging(makeRedact(env));
  const prompt = await readBounded(files.prompt, {
    maxBytes: MAX_BYTES.prompt,
  });
  using ending = watchForEnding(files, timeLimit(record));
  await using _driving = driveQueue(context);
  const keeper = keepRecord(context.workspace, {
    ...record,
    status: "running",
    started_at: new Date().toISOString(),
    supervisor_pid: Deno.pid,
    host: await host,
  }, {
    redact: makeRedact(env),
    onRemoved: () =>
      ending.end({
        status: "failed",
        reason: "The folder of the run was removed",
        firstSignal: "SIGTERM",
      }),
  });
  const beats = setInterval(
    () => beat(files).catch(ignored("other machines see other signs of life")),
    SIGN_OF_LIFE_MS,
  );
  using _beats = { [Symbol.dispose]: () => clearInterval(beats) };
  using pane = openPane(keeper.current, env);
  const run: SupervisedRun = {
    context,
    id,
    files,
    prompt,
    env,
    keeper,
    pane,
    ending,
    worktree: null,
  };
  if (withoutTmpdir !== null) warn(run, withoutTmpdir);
  await keeper.updateNow({});
  if (record.pane) {
    // For a later clean-up; nothing here waits for it.
    markPane(runServer(context, record), record.pane.pane_id, id)
      .catch(ignored("the pane will not be recognised by a later clean-up"));
  }

  let final: EndedRecord;
  try {
    final = await runWorker(run);
  } catch (error) {
    final = endedRecord(keeper.current(), {
      status: ending.cause()?.status ?? "failed",
      endedAt: new Date(),
      reason: ending.cause()?.reason ?? messageOf(error),
      failure: failureOf(error),
    });
  }
  await conclude(run, final);
  await pumpQuietly(context);
}

function failureOf(error: unknown): RunFailure {
  if (error instanceof WorkRefused) return error.failure;
  if (error instanceof LockBusy) {
    return {
      class: "busy",
      message: error.message,
      remedy: "Continue or end the process that the message names",
    };
  }
  return {
    class: "unknown",
    message: messageOf(error),
    remedy: "Correct what the message names and start again",
  };
}

/** How long the run may take: its own limit, or what is left of its chain's. */
function timeLimit({ timeout_ms, chain }: LiveRecord): number | null {
  const left = chain.max_ms === null
    ? Infinity
    : Math.max(0, chain.max_ms - chain.spent_ms);
  const limit = Math.min(timeout_ms ?? Infinity, left);
  return limit === Infinity ? null : limit;
}

/** Reads the worker's environment and removes it from the disk; if `start` left none, takes that of the pane, minus the variables that never pass. */
async function takeEnvironment(
  context: FleetContext,
  files: RunFiles,
): Promise<Record<string, string>> {
  let env: Record<string, string>;
  try {
    const text = await readTextBounded(files.env, {
      maxBytes: MAX_BYTES.settings,
    });
    await removeQuietly(files.env);
    env = JSON.parse(text);
  } catch (error) {
    ignore(error, "the worker gets the environment of the pane instead");
    env = workerEnvironment(context.caller.env, []);
  }
  return { TERM: "xterm-256color", ...env };
}

/** Writes the end, sends notifications, and draws it. */
async function conclude(run: SupervisedRun, end: EndedRecord): Promise<void> {
  const { context, keeper, pane, files } = run;
  const overlaps = await findOverlaps(context.workspace, end).catch(
    instead([], "the record names no overlaps"),
  );
  const next = withNextAttempt({ ...end, overlaps });
  // Before the end is told, so that whoever acts on it finds the worktree free;
  // also because the next attempt may use it at once.
  await run.worktree?.leave(next);
  const final = await keeper.finish(next);
  await removeQuietly(files.requests, { recursive: true });
  await removeEmptyMailbox(files.messages).catch(
    ignored("an empty mailbox stays"),
  );
  await Promise.all([
    pane.finish(final),
    settleEnd(context, final, { env: run.env }),
    completeOverlaps(context.workspace, final).catch(
      ignored("other records miss the overlaps with this run"),
    ),
  ]);
}
