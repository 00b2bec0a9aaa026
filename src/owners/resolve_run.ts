import type { RunId } from "../run/id.ts";
import {
  LAST,
  newestFirst,
  readRecord,
  resolveRunId,
  RunNotFound,
} from "../run/store.ts";
import { instead } from "../system/ignore.ts";
import type { FleetContext } from "../workspace/context.ts";
import { type Reader, readerOf } from "./reader.ts";

/**
 * Finds the run that the caller named: an id, an unambiguous beginning of one, or
 * `@last` for the newest: of all, or of those of the session of Claude Code that
 * calls; if it has none, of the user's. Throws {@linkcode RunNotFound}, and what `resolveRunId` throws.
 */
export async function resolveRun(
  context: FleetContext,
  text: string,
  reader?: Reader,
): Promise<RunId> {
  const { workspace } = context;
  if (text !== LAST) return await resolveRunId(workspace, text);
  const { meansAll, isMeant, isFor } = reader ?? await readerOf(context);
  const ids = meansAll ? [] : await newestFirst(workspace);
  if (ids.length === 0) return await resolveRunId(workspace, LAST);
  let users: RunId | undefined;
  for (const id of ids) {
    const record = await readRecord(workspace, id).catch(
      instead(null, "a run whose record cannot be read is nobody's last"),
    );
    if (record === null) continue;
    if (await isMeant(record)) return id;
    if (await isFor(record)) users ??= id;
  }
  if (users !== undefined) return users;
  throw new RunNotFound(
    `Cannot find run "${LAST}": this session has no runs; "agentctl list --everyone" lists those of others`,
  );
}
