import type { RunId } from "../run/id.ts";
import {
  newestFirst,
  readRecord,
  resolveRunId,
  RunNotFound,
} from "../run/store.ts";
import { instead } from "../system/ignore.ts";
import { plural } from "../text/wording.ts";
import type { FleetContext } from "../workspace/context.ts";
import { type Reader, readerOf } from "./reader.ts";

/** The newest run, or the one that is so many places before it. */
const LAST = /^@last(?:~(\d{1,6}))?$/;

/** Whether a word is `@last` or `@last~2`, which name one run by its place. */
export function isPlace(word: string): boolean {
  return LAST.test(word);
}

/**
 * Finds the run that the caller named: an id, an unambiguous part of one, or
 * `@last` for the newest, and `@last~2` for the one two before it: of all, or of
 * those of the session of Claude Code that calls; if it has none, of the user's.
 * Throws {@linkcode RunNotFound}, and what `resolveRunId` throws.
 */
export async function resolveRun(
  context: FleetContext,
  text: string,
  reader?: Reader,
): Promise<RunId> {
  const { workspace } = context;
  const place = LAST.exec(text);
  if (place === null) return await resolveRunId(workspace, text);
  const back = Number(place[1] ?? 0);
  const { meansAll, isMeant, isFor } = reader ?? await readerOf(context);
  const ids = await newestFirst(workspace);
  const own: RunId[] = [];
  const users: RunId[] = [];
  for (const id of ids) {
    if (own.length > back) break;
    if (meansAll) {
      own.push(id);
      continue;
    }
    const record = await readRecord(workspace, id).catch(
      instead(null, "a run whose record cannot be read is nobody's last"),
    );
    if (record === null) continue;
    if (await isMeant(record)) own.push(id);
    else if (await isFor(record)) users.push(id);
  }
  const meant = own.length > 0 ? own : users;
  const id = meant[back];
  if (id !== undefined) return id;
  throw new RunNotFound(
    `Cannot find run "${text}": ${
      meant.length > 0
        ? `there ${meant.length === 1 ? "is" : "are"} only ${
          plural(meant.length, "run")
        }`
        : ids.length > 0
        ? 'this session has no runs; "agentctl list --everyone" lists those of others'
        : `workspace "${workspace.root}" has no runs`
    }`,
  );
}
