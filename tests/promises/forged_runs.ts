import { join } from "@std/path";
import type { LiveRecord } from "../../src/run/record.ts";
import type { RunEnd } from "../../src/run/end.ts";
import { finishedRecord, startingRecord } from "../run/sample_record.ts";
import { resultStep, steps } from "../support/stage.ts";

/** The prompt of a worker that does nothing and says that it is done. */
export const DONE = steps("Work", resultStep(true, "done"));

/** Writes an ended run as a worker would forge it, into a folder that holds runs. */
export async function forgeEnded(
  folder: string,
  id: string,
  change: Partial<LiveRecord> = {},
  end: Partial<RunEnd> = {},
): Promise<void> {
  const record = finishedRecord(
    { run_id: id, root_run_id: id, ...change },
    { gitDiffStat: "", ...end },
  );
  await writeRun(folder, id, record);
}

/** Writes a run that waits in the queue, and enters it there. */
export async function forgeQueued(
  folder: string,
  id: string,
  change: Partial<LiveRecord> = {},
): Promise<void> {
  const record = {
    ...startingRecord({ run_id: id, profile: null, stand_in: true }),
    ...change,
    status: "queued",
  };
  await writeRun(folder, id, record);
  await Deno.mkdir(join(folder, "queue"), { recursive: true });
  await Deno.writeTextFile(join(folder, "queue", id), "");
}

async function writeRun(
  folder: string,
  id: string,
  record: object,
): Promise<void> {
  const run = join(folder, "runs", id);
  await Deno.mkdir(join(run, "requests"), { recursive: true });
  await Deno.writeTextFile(join(run, "prompt.md"), DONE);
  await Deno.writeTextFile(join(run, "meta.json"), JSON.stringify(record));
}

/** Writes a list of projects with a check and a set-up of their own. */
export async function forgeProjects(
  folder: string,
  path: string,
  settings: { verify?: string; setup?: string; worktree?: boolean },
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(
    join(folder, "projects.json"),
    JSON.stringify({ schema: 1, projects: { shop: { path, ...settings } } }),
  );
}

export async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
