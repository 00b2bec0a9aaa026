import { basename, join } from "@std/path";
import { unlessGone } from "../files/unless_gone.ts";
import { workspacePaths } from "../workspace/workspace.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, warning } from "./finding.ts";
import { surveyFolder } from "./survey_runs.ts";
import { plural } from "../text/wording.ts";

/** A write takes much less time; older files are left over from interrupted writes. */
const LEFT_AFTER_MS = 60_000;

/** Finds temporary files left over from interrupted writes. */
export async function* checkLeftovers(
  { open, runs }: Examination,
): AsyncGenerator<Finding> {
  const { workspace, missing } = await open();
  if (missing) return;
  const entries = [
    ...surveyFolder(workspace.state),
    ...surveyFolder(workspacePaths.cache(workspace)),
    ...(await runs()).runs.flatMap(({ entries }) => entries),
  ];
  const before = Date.now() - LEFT_AFTER_MS;
  const cache = workspacePaths.cache(workspace);
  const left = entries.filter(({ path, kind, modifiedAt }) =>
    kind === "file" && modifiedAt < before &&
    (/^\..*\.tmp$/.test(basename(path)) ||
      path === join(cache, basename(path)) && path.endsWith(".tmp"))
  ).map(({ path }) => path);
  if (left.length === 0) {
    return yield ok("workspace.leftovers", "No temporary files are left over");
  }
  yield warning(
    "workspace.leftovers",
    `${plural(left.length, "temporary file")} left over, such as "${left[0]}"`,
    'remove them with "agentctl doctor --fix"',
    async () => {
      for (const path of left) await Deno.remove(path).catch(unlessGone);
      return `Removed ${plural(left.length, "temporary file")}`;
    },
  );
}
