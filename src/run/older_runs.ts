import { join } from "@std/path";
import { readTextBounded } from "../files/bounded_read.ts";
import { AgentctlError, cannot, messageOf } from "../system/errors.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { isRunId, type RunId } from "./id.ts";
import { parseRecord, type RunRecord } from "./record.ts";
import { entriesIfReadable } from "../files/entries_in.ts";
import { isRealFolder } from "../files/exists.ts";

/**
 * Earlier versions kept the runs of every workspace beside its settings, where
 * workers can write and a cloned repository may bring some along. So they are
 * only shown: their locks, panes and repositories are left alone.
 */

/** The folder of such runs; `null` for the workspace of the home folder, which has not moved. */
export function olderRunsFolder(
  { root, state }: Pick<Workspace, "root" | "state">,
): string | null {
  return root === state ? null : join(root, "runs");
}

/** A record of such a run, or why it cannot be read. */
export interface OlderRun {
  id: RunId;
  record: RunRecord | null;
  error: string | null;
}

/** Limits on what is read: whoever forges runs may forge very many, and large ones. */
export const MOST_RUNS = 2_000;
const MOST_RECORD_BYTES = 1 << 20;
const MOST_BYTES = 64 << 20;

/**
 * The ids of such runs, latest first, without those that have been taken over; at
 * most as many as allowed.
 */
export async function listOlderIds(workspace: Workspace): Promise<RunId[]> {
  const folder = olderRunsFolder(workspace);
  if (folder === null || !await isRealFolder(folder)) return [];
  const entries = await entriesIfReadable(
    folder,
    "runs of an earlier version that we may not read are not shown",
  );
  const names = entries.filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name).filter(isRunId);
  const ids: RunId[] = [];
  for (const name of names.sort().reverse()) {
    if (await isTakenOver(workspace, name)) continue;
    if (ids.push(name) === MOST_RUNS) break;
  }
  return ids;
}

/** Reads such runs in the given order, as far as the limits allow. */
export async function* readOlderRuns(
  workspace: Workspace,
  ids: readonly RunId[],
): AsyncGenerator<OlderRun> {
  let bytesLeft = MOST_BYTES;
  for (const id of ids) {
    try {
      const { record, bytes } = await readRecordFile(workspace, id, bytesLeft);
      bytesLeft -= bytes;
      yield { id, record, error: null };
    } catch (error) {
      yield { id, record: null, error: messageOf(error) };
    }
  }
}

/** Reads one such run. Throws an `environment` error if it cannot be read. */
export async function readOlderRun(
  workspace: Workspace,
  id: RunId,
): Promise<RunRecord> {
  try {
    return (await readRecordFile(workspace, id, MOST_BYTES)).record;
  } catch (error) {
    throw cannot(`read run "${id}" in "${olderRunsFolder(workspace)}"`, error);
  }
}

async function readRecordFile(
  workspace: Workspace,
  id: RunId,
  bytesLeft: number,
): Promise<{ record: RunRecord; bytes: number }> {
  const folder = join(workspace.root, "runs", id);
  if (!await isRealFolder(folder)) throw new Error("it is not a folder");
  const text = await readTextBounded(join(folder, "meta.json"), {
    maxBytes: Math.min(MOST_RECORD_BYTES, bytesLeft),
  });
  const record = parseRecord(JSON.parse(text));
  if (record.run_id !== id) {
    throw new Error(`it belongs to run "${record.run_id}"`);
  }
  return { record, bytes: text.length };
}

/** The run is one of those that are only shown. */
export class OlderRunError extends AgentctlError {
  override name = "OlderRunError";
  constructor(readonly id: RunId, folder: string) {
    super(
      "usage",
      `Cannot use run "${id}": it is in "${folder}", where an earlier agentctl kept runs and workers can write, so it is only listed and shown; take ended runs over with "agentctl trust --import"`,
    );
  }
}

/** Throws {@linkcode OlderRunError} if a text is the id of such a run, or an unambiguous beginning of one. */
export async function refuseOlderRun(
  workspace: Workspace,
  text: string,
): Promise<void> {
  const folder = olderRunsFolder(workspace);
  if (folder === null) return;
  const [id, second] = isRunId(text) && await isRealFolder(join(folder, text))
    ? [text]
    : (await listOlderIds(workspace)).filter((id) => id.startsWith(text));
  if (id !== undefined && second === undefined) {
    throw new OlderRunError(id, folder);
  }
}

async function isTakenOver({ state }: Workspace, id: RunId): Promise<boolean> {
  return await isRealFolder(join(state, "runs", id));
}
