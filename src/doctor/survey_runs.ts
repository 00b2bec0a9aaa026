import { join } from "@std/path";
import type { RunId } from "../run/id.ts";
import type { RunRecord } from "../run/record.ts";
import {
  newestFirst,
  readRecord,
  runFiles,
  RunNotFound,
} from "../run/store.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { linkInfoAtSync } from "../files/exists.ts";
import { tryOr } from "../system/ignore.ts";

/** A file or folder of the workspace. */
export interface SurveyedEntry {
  path: string;
  kind: "file" | "folder";
  /** Permission bits; `null` where the system has none. */
  mode: number | null;
  /** In milliseconds since 1970. */
  modifiedAt: number;
}

/** A run with its files; `record` is the error if it cannot be read. */
export interface SurveyedRun {
  id: RunId;
  record: RunRecord | { error: unknown };
  folder: SurveyedEntry;
  entries: SurveyedEntry[];
}

/** The runs that were looked at, newest first. */
export interface SurveyedRuns {
  runs: SurveyedRun[];
  /** How many were left out for lack of time. */
  left: number;
}

/** How many runs are read in parallel. */
const BATCH = 32;

/** After this time the remaining runs, which are the oldest, are left out. */
const SURVEY_MS = 900;

/** Reads all runs, newest first, for as long as there is time. */
export async function surveyRuns(
  workspace: Workspace,
  timeoutMs = SURVEY_MS,
): Promise<SurveyedRuns> {
  const deadline = Date.now() + timeoutMs;
  const ids = await newestFirst(workspace);
  const runs: SurveyedRun[] = [];
  // The newest are always read.
  while (ids.length > 0 && (runs.length === 0 || Date.now() < deadline)) {
    const batch = ids.splice(0, BATCH);
    const read = await Promise.all(batch.map((id) => surveyRun(workspace, id)));
    runs.push(...read.filter((run) => run !== null));
  }
  return { runs, left: ids.length };
}

/** `null` if the run is removed while we are reading it. */
async function surveyRun(
  workspace: Workspace,
  id: RunId,
): Promise<SurveyedRun | null> {
  const path = runFiles(workspace, id).folder;
  const record = await readRecord(workspace, id)
    .catch((error: unknown) => ({ error }));
  const folder = surveyEntry(path);
  if (folder === null || "error" in record && isGone(record.error)) return null;
  return { id, record, folder, entries: surveyFolder(path) };
}

function isGone(error: unknown): boolean {
  return error instanceof RunNotFound;
}

/**
 * The files and folders directly in a folder, without links; none if it cannot
 * be read. Synchronous, because there may be very many and this is quicker.
 */
export function surveyFolder(path: string): SurveyedEntry[] {
  const why = "a folder that cannot be read counts as empty";
  return tryOr(() => [...Deno.readDirSync(path)], [], why)
    .map(({ name }) => surveyEntry(join(path, name)))
    .filter((entry) => entry !== null);
}

/** A file or folder; `null` if it is neither, or does not exist. */
export function surveyEntry(path: string): SurveyedEntry | null {
  const info = linkInfoAtSync(path);
  if (!info?.isFile && !info?.isDirectory) return null;
  return {
    path,
    kind: info.isFile ? "file" : "folder",
    mode: info.mode === null ? null : info.mode & 0o777,
    modifiedAt: info.mtime?.getTime() ?? 0,
  };
}
