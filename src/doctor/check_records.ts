import { CorruptRecord } from "../run/store.ts";
import { messageOf } from "../system/errors.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";
import { plural } from "../text/wording.ts";

/** A run's folder exists a moment before its record does. */
const NEW_RUN_MS = 30_000;

/** How many are named; the rest are only counted. */
const MOST_NAMED = 10;

/** Checks that the records of all runs can be read. */
export async function* checkRecords(
  { open, runs }: Examination,
): AsyncGenerator<Finding> {
  if ((await open()).missing) return;
  const { runs: surveyed, left } = await runs();
  const newSince = Date.now() - NEW_RUN_MS;
  const damaged = surveyed.filter(({ record, folder }) =>
    "error" in record &&
    !(isMissing(record.error) && folder.modifiedAt > newSince)
  );
  for (const { id, record, folder } of damaged.slice(0, MOST_NAMED)) {
    yield problem(
      "runs",
      "error" in record ? messageOf(record.error) : id,
      `restore it from a backup, or remove the folder "${folder.path}"`,
    );
  }
  if (damaged.length > MOST_NAMED) {
    yield problem(
      "runs",
      `${damaged.length - MOST_NAMED} more records are damaged`,
      'see "agentctl list --all"',
    );
  }
  if (damaged.length > 0) return;
  if (left > 0) {
    return yield warning(
      "runs",
      `There was time to check only the newest ${surveyed.length} runs, and not ${left} older ones`,
      'remove old ones with "agentctl clean", or run the doctor again',
    );
  }
  yield ok(
    "runs",
    surveyed.length === 0
      ? "There are no runs yet"
      : `${plural(surveyed.length, "record")}, none damaged`,
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof CorruptRecord &&
    error.cause instanceof Deno.errors.NotFound;
}
