import { join } from "@std/path";
import * as z from "zod/mini";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { ensureFolder } from "../files/make_new.ts";
import type { RunFiles } from "../run/store.ts";
import { once } from "../system/once.ts";
import { parseJson } from "../text/parse_json.ts";
import { insteadOfAbsent } from "../system/ignore.ts";

const stopRequestSchema = once(() => z.object({ reason: z.string() }));

/** A request to a run's supervisor. */
export type StopRequest = z.infer<ReturnType<typeof stopRequestSchema>>;

/** The name of the request in the run's `requests` folder. */
export const STOP_REQUEST = "stop.json";

/** Asks the supervisor of a run to end it. */
export async function writeStopRequest(
  files: RunFiles,
  request: StopRequest,
): Promise<void> {
  await ensureFolder(files.requests);
  await writeJsonAtomic(join(files.requests, STOP_REQUEST), request);
}

/** The request to end the run, if there is one. A damaged one counts too, because somebody asked. */
export async function readStopRequest(
  files: RunFiles,
): Promise<StopRequest | null> {
  const text = await readTextBounded(join(files.requests, STOP_REQUEST), {
    maxBytes: MAX_BYTES.note,
  }).catch(
    insteadOfAbsent(null, "a request that cannot be read counts as none"),
  );
  return text === null ? null : parseJson(text, stopRequestSchema) ??
    { reason: "Somebody asked to stop the run" };
}
