import { rerunRequest } from "../fleet/rerun.ts";
import { startBatch } from "../fleet/start_batch.ts";
import { startRun } from "../fleet/start.ts";
import { resolveNamedRuns } from "../fleet/resolve_named.ts";
import { EXIT_CODES } from "../system/errors.ts";
import { namesSeveral } from "../fleet/resolve_targets.ts";
import { parseRunId, type RunId } from "../run/id.ts";
import { readRecord } from "../run/store.ts";
import type { FleetContext } from "../workspace/context.ts";
import { chosenRuns, YES } from "./chosen_runs.ts";
import { command } from "./command.ts";
import { printBatch } from "./print_batch.ts";
import { printStarted } from "./print_started.ts";
import { TASK } from "./start_options.ts";

export default command({
  name: "rerun",
  summary: "run the same task again, in a new thread",
  description:
    "Starts a new run with the prompt of another, byte for byte, in the same folder and with the\nsame profile, model, sandbox, check and limits unless options say otherwise. It knows nothing\nof the other run; to continue where that one stopped, use resume. Prints the run id.\n@failed means the runs of the last 24 hours that failed, were not stopped, and that no\nlater run has mended.",
  action: "rerun",
  args: "<id>...",
  // No prompt option: another prompt would be another task.
  options: YES,
  task: TASK,
  examples: [
    "agentctl rerun @last",
    "agentctl rerun @failed --profile deep",
    "agentctl rerun 20260102-0304 --profile deep --timeout 1h",
  ],
  async run(call) {
    const { args, options, choices, fleet, print, say } = call;
    const context = await fleet();
    const named = await chosenRuns(context, args, { say }, {
      ...{ action: "rerun", yes: options.yes, scope: "ended" },
    });
    if (named === null) return EXIT_CODES.goal_not_met;
    if (named.length === 0) {
      say("No runs to rerun");
      if (options.json) print("[]");
      return EXIT_CODES.ok;
    }
    const ids = args.some(namesSeveral)
      ? await firstAttempts(context, named)
      : named;
    const overrides = await resolveNamedRuns(context, choices);
    const requests = await Array.fromAsync(
      ids,
      (id) => rerunRequest(context, id, overrides),
    );
    const [request, ...others] = requests;
    if (request !== undefined && others.length === 0) {
      await printStarted(call, await startRun(context, request));
    } else {
      await printBatch(
        call,
        await startBatch(
          context,
          requests.map((request, index) => ({
            name: ids[index] ?? "",
            request,
          })),
        ),
      );
    }
    return EXIT_CODES.ok;
  },
});

/** A task is repeated from its first attempt. */
async function firstAttempts(
  { workspace }: FleetContext,
  ids: readonly RunId[],
): Promise<RunId[]> {
  const roots = await Promise.all(
    ids.map(async (id) => (await readRecord(workspace, id)).root_run_id),
  );
  return [...new Set(roots.map(parseRunId))];
}
