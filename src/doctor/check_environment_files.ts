import { unlessGone } from "../files/unless_gone.ts";
import { isEnded } from "../run/record.ts";
import { readRecord, runFiles } from "../run/store.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, problem } from "./finding.ts";
import { plural } from "../text/wording.ts";

/** Environments of callers that are still on the disk although their runs are over: they may hold secrets. */
export async function* checkEnvironmentFiles(
  { open, runs }: Examination,
): AsyncGenerator<Finding> {
  const { workspace, missing } = await open();
  if (missing) return;
  const left = (await runs()).runs.filter(({ id, record, entries }) =>
    !("error" in record) && isEnded(record) &&
    entries.some(({ path }) => path === runFiles(workspace, id).env)
  ).map(({ id }) => id);
  const [first] = left;
  if (first === undefined) {
    return yield ok(
      "runs.environment",
      "No caller's environment is left on the disk",
    );
  }
  yield problem(
    "runs.environment",
    `The caller's environment, which may hold secrets, is still on the disk for ${
      plural(left.length, "ended run")
    }: "${runFiles(workspace, first).env}"`,
    'remove it with "agentctl doctor --fix"',
    async () => {
      for (const id of left) {
        if (!isEnded(await readRecord(workspace, id))) continue;
        await Deno.remove(runFiles(workspace, id).env).catch(unlessGone);
      }
      return `Removed the environment files of ${
        plural(left.length, "ended run")
      }`;
    },
  );
}
