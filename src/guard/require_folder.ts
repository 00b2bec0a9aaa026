import { homeFolder } from "../run/home_folder.ts";
import type { RunRecord } from "../run/record.ts";
import { whyElsewhere } from "../run/work_folder.ts";
import { environmentError } from "../system/errors.ts";

/**
 * Throws an `environment` error if the path of a run's folder now leads
 * elsewhere, or nowhere. Records whose paths were not resolved are taken as they
 * are. Another folder in the same place does not matter here: the user asks for
 * a new run, and it works where the path now leads.
 */
export async function requireFolder(
  record: RunRecord,
  action: string,
): Promise<void> {
  if (record.folder === null) return;
  const why = await whyElsewhere(homeFolder(record));
  if (why === null) return;
  throw environmentError(
    `Cannot ${action} run "${record.run_id}": ${why}; name the right folder with --project`,
  );
}
