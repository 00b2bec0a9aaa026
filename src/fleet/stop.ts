import { hasRecord, nextAttemptId } from "../run/chain.ts";
import { type EndedRecord, isEnded, type RunRecord } from "../run/record.ts";
import { parseRunId, type RunId } from "../run/id.ts";
import { isElsewhere, isSilent, wordsOfHost } from "../run/run_host.ts";
import { readRecord, runFiles } from "../run/store.ts";
import { environmentError } from "../system/errors.ts";
import { killHolders } from "../system/processes.ts";
import { attemptsFrom } from "./chain.ts";
import type { FleetContext } from "../workspace/context.ts";
import { stopQueued } from "../lifecycle/pump.ts";
import { pumpQuietly } from "../lifecycle/pump_quietly.ts";
import { endSilentRun, reconcileRun } from "../lifecycle/reconcile.ts";
import { writeStopRequest } from "../lifecycle/stop_request.ts";
import { isInQueueOrActive } from "../queue/queue_files.ts";
import { attemptIsThere, waitForRuns } from "./wait.ts";

/** A supervisor that has not ended its worker by then is killed. Its own escalation through the signals takes 5 seconds. */
const SUPERVISOR_TIMEOUT_MS = 12_000;

/** Another machine sees the request when it looks by itself, every five seconds. */
const ELSEWHERE_TIMEOUT_MS = SUPERVISOR_TIMEOUT_MS + 6_000;

/** A killed process releases its lock at once; the rest of the time is for writing the end. */
const KILLED_TIMEOUT_MS = 15_000;

/** What `stop` found and did. */
export interface StopOutcome {
  record: EndedRecord;
  /** Whether the run had already ended. */
  already: boolean;
  /** Whether the supervisor did not respond and was killed. */
  forced: boolean;
}

/**
 * Ends a run and returns when it has ended: the supervisor asks Codex to end,
 * then forces it to, and ends its children too. A supervisor that does not
 * respond is killed, and the record still says `stopped`. Throws an
 * `environment` error if something else holds the run's lock.
 */
export async function stopRun(
  context: FleetContext,
  asked: RunId,
  reason: string,
): Promise<StopOutcome> {
  const current = await lastAttempt(context, asked);
  if (isEnded(current)) {
    return { record: current, already: true, forced: false };
  }
  const id = parseRunId(current.run_id);
  const isElse = await isElsewhere(current, context.caller.env);
  if (current.status === "queued" && !isElse) {
    const record = await stopQueued(context, id, reason);
    if (record !== null) {
      await pumpQuietly(context, { inPassing: true });
      return { record, already: false, forced: false };
    }
  }
  await writeStopRequest(runFiles(context.workspace, id), { reason });
  if (isElse) return await stopElsewhere(context, id, reason);
  const timeout = AbortSignal.timeout(SUPERVISOR_TIMEOUT_MS);
  const [ended] = await waitForRuns(context, [id], { signal: timeout });
  if (ended) return { record: ended, already: false, forced: false };

  const { lock } = runFiles(context.workspace, id);
  await killHolders(
    { command: "_supervise", argument: id, file: lock },
    context.caller.env,
  );
  const patience = AbortSignal.timeout(KILLED_TIMEOUT_MS);
  const [killed] = await waitForRuns(context, [id], { signal: patience });
  if (killed) return { record: killed, already: false, forced: true };
  throw environmentError(
    `Cannot stop run "${id}": its supervisor does not respond or is gone, and another process holds "${lock}"; end that one ("fuser ${lock}" names it)`,
  );
}

/**
 * For a chain, this means the current attempt, also if it is still being made:
 * stopping nothing would let it begin a moment later.
 */
async function lastAttempt(
  context: FleetContext,
  asked: RunId,
): Promise<RunRecord> {
  const timeout = AbortSignal.timeout(SUPERVISOR_TIMEOUT_MS);
  for (let id = asked;;) {
    const { current } = await attemptsFrom(context, id, reconcileRun);
    const next = nextAttemptId(current);
    if (!isEnded(current) || next === null) return current;
    const { workspace } = context;
    // Without a mark it has been made, and may have been removed since.
    if (
      !await isInQueueOrActive(workspace, parseRunId(current.run_id)) &&
      !await hasRecord(workspace, next)
    ) return current;
    if (!await attemptIsThere(context, current, next, timeout)) {
      if (!timeout.aborted) return current;
      throw environmentError(
        `Cannot stop run "${asked}" yet: its next attempt "${next}" is still being made; stop it again in a moment`,
      );
    }
    id = next;
  }
}

/** Waits until another machine has obeyed the request to stop. Throws an `environment` error if it does not. */
async function stopElsewhere(
  context: FleetContext,
  id: RunId,
  reason: string,
): Promise<StopOutcome> {
  const files = runFiles(context.workspace, id);
  const before = await readRecord(context.workspace, id);
  // One that has long been silent hardly answers now.
  if (!await isSilent(before, files)) {
    const timeout = AbortSignal.timeout(ELSEWHERE_TIMEOUT_MS);
    const [ended] = await waitForRuns(context, [id], { signal: timeout });
    if (ended) return { record: ended, already: false, forced: false };
  }
  const record = await endSilentRun(context, id, reason);
  if (record !== null) return { record, already: false, forced: false };
  const words = await wordsOfHost(before, files);
  throw environmentError(
    `Cannot stop run "${id}" yet: it is ${words}; it has been asked to stop and will when it sees that, or stop it on that machine`,
  );
}
