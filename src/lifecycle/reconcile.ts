import { join } from "@std/path";
import {
  type EndedRecord,
  isEnded,
  isOurs,
  type LiveRecord,
  type RunRecord,
} from "../run/record.ts";
import { runMark } from "../run/environment.ts";
import type { RunId } from "../run/id.ts";
import { endedRecord, type RunEnd } from "../run/end.ts";
import {
  isElsewhere,
  isFromBeforeRestart,
  isSilent,
  lastHeardOf,
  lastSignOfLife,
} from "../run/run_host.ts";
import { parseResult } from "../run/result.ts";
import {
  readRecord,
  type RunFiles,
  runFiles,
  writeRecord,
} from "../run/store.ts";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { endMarkedProcesses } from "../system/processes.ts";
import { TmuxSilent } from "../tmux/server.ts";
import { paneState } from "../tmux/panes.ts";
import { entriesIfReadable } from "../files/entries_in.ts";
import { acquireLockSoon, isLocked, tryAcquireLock } from "../files/lock.ts";
import type { FleetContext } from "../workspace/context.ts";
import { runServer } from "./run_server.ts";
import { readStopRequest } from "./stop_request.ts";
import { removeQuietly } from "../files/remove_quietly.ts";
import { ignored, insteadOfAbsent } from "../system/ignore.ts";

/** How long to wait for a supervisor that has its pane but not yet its lock. */
const START_GRACE_MS = 30_000;

/**
 * The truth about a run, without writing anything: its record or, if the
 * supervisor is gone without having written the end, the record of that end.
 */
export async function observeRun(
  context: FleetContext,
  id: RunId,
): Promise<RunRecord> {
  const files = runFiles(context.workspace, id);
  for (;;) {
    const record = await readRecord(context.workspace, id);
    if (isEnded(record) || record.status === "queued") return record;
    const { env } = context.caller;
    // Its lock may not be shared: only its own machine knows.
    if (await isElsewhere(record, env)) return record;
    const isHeld = async () =>
      await isLocked(files.lock) &&
      !await isFromBeforeRestart(record, files, env);
    if (await isHeld()) return record;
    const end = await abandonedEnd(context, record, files);
    if (end === null) return record;
    // The supervisor may have started or ended between the two checks.
    const again = await readRecord(context.workspace, id);
    if (again.status === record.status && !await isHeld()) {
      return end;
    }
  }
}

/** Like {@linkcode observeRun}, and writes an end that nobody else will write. */
export async function reconcileRun(
  context: FleetContext,
  id: RunId,
): Promise<RunRecord> {
  const seen = await observeRun(context, id);
  if (!isEnded(seen)) return seen;
  const stored = await readRecord(context.workspace, id);
  if (isEnded(stored)) return stored;
  if (!isOurs(stored)) return seen;
  try {
    return await writeEnd(context, id);
  } catch (error) {
    // A full disk must not hide an end: it is reported, and written the next time somebody looks.
    const latest = await readRecord(context.workspace, id);
    if (isEnded(latest)) return latest;
    if (latest.status !== stored.status) throw error;
    await endMarkedProcesses(runMark(id), context.caller.env);
    return seen;
  }
}

/** How long to wait for another process that writes the same end. */
const OTHERS_MS = 2_000;

/** Writes the end of a run whose supervisor is gone, and ends whatever is left of it. */
async function writeEnd(
  context: FleetContext,
  id: RunId,
): Promise<RunRecord> {
  // Loaded only here: it is rare and needs a lot.
  const { withNextAttempt } = await import("./make_attempt.ts");
  const { settleEnd } = await import("./settle_end.ts");
  const files = runFiles(context.workspace, id);
  const before = await readRecord(context.workspace, id);
  // Somebody else may be writing it. A file server may not give the lock yet.
  const isOld = await isFromBeforeRestart(before, files, context.caller.env);
  using lock = await acquireLockSoon(files.lock, isOld ? 0 : OTHERS_MS);
  if (lock === null) return before;
  const latest = await readRecord(context.workspace, id);
  if (isEnded(latest)) return latest;
  // Checked again: a supervisor may have started and ended while we waited for the lock.
  const seen = await abandonedEnd(context, latest, files);
  if (seen === null) return latest;
  await endMarkedProcesses(runMark(id), context.caller.env);
  // First, because a full disk may be why it died.
  await removeLeftovers(files);
  const end = withNextAttempt(seen);
  await writeRecord(context.workspace, end);
  // Only now: until the end is written, a run that never began may yet begin with it.
  await removeQuietly(files.env);
  // Its guard was in the folder of the run.
  const { sweepPlaceholders } = await import("../workspace/placeholders.ts");
  const { guardRegistry } = await import("../guard/protection.ts");
  await sweepPlaceholders(guardRegistry(context.caller.env)).catch(
    ignored("places of a guard stay until the next run"),
  );
  await settleEnd(context, end);
  return end;
}

/** Removes what only a supervisor needs, such as the snapshot of the folder. */
async function removeLeftovers(files: RunFiles): Promise<void> {
  const entries = await entriesIfReadable(
    files.folder,
    "a folder that cannot be read keeps what is in it",
  );
  const partial = entries.map(({ name }) => name)
    .filter((name) => name.endsWith(".partial"))
    .map((name) => join(files.folder, name));
  const { reserve, scratch, peers, check, setUp } = files;
  for (const path of [reserve, scratch, peers, check, setUp, ...partial]) {
    await removeQuietly(path, { recursive: true });
  }
}

/**
 * Writes the end of a run of another machine that has not been heard of for long,
 * because a user says so; `null` if it has been, or its lock is held.
 */
export async function endSilentRun(
  context: FleetContext,
  id: RunId,
  reason: string,
): Promise<EndedRecord | null> {
  const { settleEnd } = await import("./settle_end.ts");
  const files = runFiles(context.workspace, id);
  const before = await readRecord(context.workspace, id);
  // Before the lock is taken, which may make its file.
  const endedAt = await lastHeardOf(before, files);
  if (!await isSilent(before, files)) return null;
  using lock = await tryAcquireLock(files.lock);
  if (lock === null) return null;
  const record = await readRecord(context.workspace, id);
  if (isEnded(record)) return record;
  const end = endedRecord(record, {
    status: "stopped",
    endedAt,
    reason: `${reason}; ${record.host?.name} had not been heard of for long`,
  });
  await writeRecord(context.workspace, end);
  await settleEnd(context, end);
  return end;
}

/** How a run ended whose lock nobody holds; `null` if its supervisor may still come. */
async function abandonedEnd(
  context: FleetContext,
  record: LiveRecord,
  files: RunFiles,
): Promise<EndedRecord | null> {
  const lastSign = await lastSignOfLife(record, files);
  const request = await readStopRequest(files);
  const stopped = request && endedRecord(record, {
    status: "stopped",
    endedAt: lastSign,
    reason: request.reason,
  });
  if (record.status === "running") {
    if (stopped) return stopped;
    const reason =
      "The supervisor died without reporting an end (killed, or the machine went down)";
    return endedRecord(record, {
      status: "lost",
      endedAt: lastSign,
      reason,
      failure: {
        class: "killed",
        message: reason,
        remedy: record.thread_id === null
          ? "Start the run again"
          : `Continue it with "agentctl resume --parent-run-id ${record.run_id}"`,
      },
      ...await recoveredResult(files),
    });
  }
  if (record.pane === null) {
    return neverStarted(
      record,
      lastSign,
      "agentctl was interrupted before the run had its pane",
    );
  }
  const state = await paneState(
    runServer(context, record),
    record.pane.pane_id,
  ).catch((error) => {
    if (error instanceof TmuxSilent) return "unknown" as const;
    throw error;
  });
  if (state === "unknown") return null;
  // Not since it was made: it may have waited in the queue for a long time.
  const waited = Date.now() - lastSign.getTime();
  if (
    state === "alive" && waited < START_GRACE_MS && waited > -START_GRACE_MS
  ) return null;
  return stopped ?? neverStarted(
    record,
    lastSign,
    "The pane closed before the supervisor had started",
  );
}

function neverStarted(
  record: LiveRecord,
  endedAt: Date,
  reason: string,
): EndedRecord {
  const failure = {
    class: "killed",
    message: reason,
    remedy:
      'Start the run again; if that happens again, "agentctl doctor" tries a pane and says why',
  };
  return endedRecord(record, { status: "failed", endedAt, reason, failure });
}

/**
 * The answer of a worker that had ended before its supervisor died: Codex
 * writes it only at its end. What the supervisor would have checked is unknown.
 */
async function recoveredResult(files: RunFiles): Promise<Partial<RunEnd>> {
  const parsed = parseResult(
    await readTextBounded(files.output, { maxBytes: MAX_BYTES.record })
      .catch(
        insteadOfAbsent(null, "an answer that cannot be read does not count"),
      ),
  );
  return parsed.state === "valid"
    ? { result: parsed.result, unchecked: true }
    : {};
}
