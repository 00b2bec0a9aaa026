import { infoAt } from "../files/exists.ts";
import { thisHost, thisHostSince, whereabouts } from "../system/host.ts";
import { instead } from "../system/ignore.ts";
import { formatWhen } from "../text/relative_time.ts";
import type { Workspace } from "../workspace/workspace.ts";
import type { RunId } from "./id.ts";
import type { RunRecord } from "./record.ts";
import { readStoredRecord, type RunFiles, runFiles } from "./store.ts";

/** How often a supervisor gives a sign of life, whatever its worker does. */
export const SIGN_OF_LIFE_MS = 30_000;

/** After this time without one, another host's run does not count as working; it may just be asleep, so nothing else follows. */
const SILENT_AFTER_MS = 10 * 60_000;

/**
 * Whether a run is another machine's to look after: only that one can believe its
 * lock. With an environment, in which a program can be asked, a machine that has
 * changed its name since (as containers do) knows its runs again.
 */
export async function isElsewhere(
  { host }: Pick<RunRecord, "host">,
  env?: Record<string, string>,
): Promise<boolean> {
  if (host === null) return false;
  if (whereabouts(host, await thisHost()) !== "elsewhere") return false;
  return env === undefined || host.boot === null ||
    whereabouts(host, await thisHostSince(env)) === "elsewhere";
}

/**
 * Whether this machine has been restarted since a run began, whose lock is held
 * nevertheless: a file server keeps that of a machine that is gone for a while.
 */
export async function isFromBeforeRestart(
  record: RunRecord,
  files: RunFiles,
  env: Record<string, string>,
): Promise<boolean> {
  const { host } = record;
  if (host === null || host.boot === null) return false;
  return await isSilent(record, files) &&
    whereabouts(host, await thisHostSince(env)) === "before";
}

/** The same of a run whose record may be unreadable; then it is here. */
export async function isRunElsewhere(
  workspace: Workspace,
  id: RunId,
  env?: Record<string, string>,
): Promise<boolean> {
  const record = await readStoredRecord(runFiles(workspace, id)).catch(
    instead(null, "a run whose record cannot be read is here"),
  );
  return record !== null && await isElsewhere(record, env);
}

/** The newest time of the files of a run that its supervisor writes. */
export async function lastSignOfLife(
  { created_at }: Pick<RunRecord, "created_at">,
  files: RunFiles,
): Promise<Date> {
  const times = [Date.parse(created_at)];
  for (const path of [files.record, files.events, files.stderr]) {
    const info = await infoAt(path);
    if (info?.mtime) times.push(info.mtime.getTime());
  }
  return new Date(Math.max(...times));
}

/** When a run of another machine last gave a sign of life. */
export async function lastHeardOf(
  record: RunRecord,
  files: RunFiles,
): Promise<Date> {
  const sign = await lastSignOfLife(record, files);
  const beat = (await infoAt(files.lock))?.mtime;
  return beat && beat > sign ? beat : sign;
}

/** Whether a run of another machine has not been heard of for so long that its slot is free for others. */
export async function isSilent(
  record: RunRecord,
  files: RunFiles,
): Promise<boolean> {
  const heard = await lastHeardOf(record, files);
  return Date.now() - heard.getTime() > SILENT_AFTER_MS;
}

/** Gives a sign of life; the caller must be the supervisor. */
export async function beat({ lock }: RunFiles): Promise<void> {
  const now = new Date();
  await Deno.utime(lock, now, now);
}

/** Where a run is that has not ended, in words, as in `on build-2, last sign of life 3m ago`; `null` if it is here. */
export async function wordsOfHost(
  record: RunRecord,
  files: RunFiles,
): Promise<string | null> {
  if ("ended_at" in record || !await isElsewhere(record)) return null;
  const heard = await lastHeardOf(record, files);
  return `${record.status} on ${record.host?.name}, last sign of life ${
    formatWhen(heard.toISOString(), Date.now())
  }`;
}
