import type { RunId } from "../run/id.ts";
import { type EndedRecord, isEnded } from "../run/record.ts";
import { isElsewhere } from "../run/run_host.ts";
import { readRecord, runFiles } from "../run/store.ts";
import { tryAcquireLock } from "../files/lock.ts";
import type { FleetContext } from "../workspace/context.ts";
import { makeAttempt } from "./make_attempt.ts";
import { tellEverybody } from "./notices.ts";
import { appendNotice, isNoticed } from "./notify_log.ts";
import { noteLimit } from "../queue/pauses.ts";
import { isInQueueOrActive, leaveQueue } from "../queue/queue_files.ts";
import { ignored } from "../system/ignore.ts";

export interface SettleOptions {
  /** What the next attempt's worker gets. */
  env?: Record<string, string>;
  /** Whether somebody may have died while doing this. */
  again?: boolean;
}

/**
 * What follows the end of a run, once it is written: an account limit
 * pauses the profile, the next attempt of the chain is made, or the end noted if
 * the chain is over; then the slot is freed, and everybody is told. Until the slot
 * is free, whoever looks does again what is missing, so a death leaves nothing
 * undone but the telling. The caller must hold the run's lock. Throws nothing,
 * because the end is already written.
 */
export async function settleEnd(
  context: FleetContext,
  record: EndedRecord,
  { env, again = false }: SettleOptions = {},
): Promise<void> {
  const { workspace } = context;
  // Before the slot is freed, so that no run starts only to hit the limit.
  await noteLimit(workspace, record).catch(ignored("no profile is paused"));
  let isNews = false;
  if (record.next_run_id !== null) {
    await makeAttempt(context, record, env).catch(
      ignored("whoever waits for the chain makes the attempt"),
    );
  } else if (!again || !await isNoticed(workspace, record)) {
    isNews = true;
    await appendNotice(workspace, record).catch(
      ignored("notify.log misses this end"),
    );
  }
  await leaveQueue(workspace, record.run_id as RunId);
  if (isNews) await tellEverybody(context, record);
}

/** Does what is missing after the end of a run, if whoever wrote the end died before it was done. */
export async function settleAgain(
  context: FleetContext,
  id: RunId,
): Promise<void> {
  const { workspace } = context;
  const { env } = context.caller;
  if (await isElsewhere(await readRecord(workspace, id), env)) return;
  // Whoever is doing it holds the lock, and may be stopped.
  using lock = await tryAcquireLock(runFiles(workspace, id).lock);
  if (lock === null) return;
  if (!await isInQueueOrActive(workspace, id)) return;
  const record = await readRecord(workspace, id);
  if (isEnded(record)) await settleEnd(context, record, { again: true });
}
