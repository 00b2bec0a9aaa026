import { join } from "@std/path";
import * as z from "zod/mini";
import { MAX_BYTES } from "../files/bounded_read.ts";
import { entriesIfReadable } from "../files/entries_in.ts";
import { readJson } from "../files/read_json.ts";
import { once } from "../system/once.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { RunIdText } from "./checked_words.ts";
import { parseRunId } from "./id.ts";
import { isEnded, type RunOverlap, type RunRecord } from "./record.ts";
import { runFiles } from "./store.ts";

const overlapSchema = once(() =>
  z.object({ run_id: RunIdText, files: z.array(z.string()) })
);

/** The runs that changed the same files at the same time: those in the final record, and those that ended later. */
export async function overlapsOf(
  workspace: Workspace,
  record: RunRecord,
): Promise<RunOverlap[]> {
  if (!isEnded(record)) return [];
  const found = new Map(
    record.overlaps.map((overlap) => [overlap.run_id, overlap]),
  );
  const { overlaps } = runFiles(workspace, parseRunId(record.run_id));
  const why = "no overlaps are known of runs that ended later";
  for (const { name } of await entriesIfReadable(overlaps, why)) {
    if (!name.endsWith(".json") || name.startsWith(".")) continue;
    const overlap = await readJson(join(overlaps, name), overlapSchema, {
      maxBytes: MAX_BYTES.record,
    });
    if (overlap && !found.has(overlap.run_id)) {
      found.set(overlap.run_id, overlap);
    }
  }
  return [...found.values()].sort((a, b) => a.run_id < b.run_id ? -1 : 1);
}
