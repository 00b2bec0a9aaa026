import { readerOf } from "../owners/reader.ts";
import type { ClaudeNote } from "../owners/claude_notes.ts";
import type { RunId } from "../run/id.ts";
import { readRecord } from "../run/store.ts";
import { instead } from "../system/ignore.ts";
import type { FleetContext } from "../workspace/context.ts";

/**
 * Those of the runs whose results are for the Claude Code in a pane: all of them
 * unless its notes say which sessions it has.
 */
export async function meantFor(
  context: FleetContext,
  notes: readonly ClaudeNote[],
  ids: readonly RunId[],
): Promise<RunId[]> {
  if (notes.length === 0) return [...ids];
  const readers = await Promise.all(
    notes.map((asker) => readerOf(context, { asker })),
  );
  const meant: RunId[] = [];
  for (const id of ids) {
    const record = await readRecord(context.workspace, id).catch(
      instead(null, "a run whose record cannot be read is nobody's"),
    );
    const isMeant = record !== null &&
      (await Promise.all(readers.map(({ isFor }) => isFor(record))))
        .includes(true);
    if (isMeant) meant.push(id);
  }
  return meant;
}
