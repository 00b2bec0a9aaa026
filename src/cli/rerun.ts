import { rerunRequest } from "../fleet/rerun.ts";
import { startBatch } from "../fleet/start_batch.ts";
import { startRun } from "../fleet/start.ts";
import { resolveNamedRuns } from "../fleet/resolve_named.ts";
import { EXIT_CODES } from "../system/errors.ts";
import { namesSeveral } from "../fleet/resolve_targets.ts";
import { actOnRuns, YES } from "./chosen_runs.ts";
import { command } from "./command.ts";
import { printBatch } from "./print_batch.ts";
import { printStarted } from "./print_started.ts";
import { refuseSingleOptions, TASK } from "./start_options.ts";

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
    const { args, choices } = call;
    // Of what went through several attempts, the first has the whole task.
    const choosing = { action: "rerun", scope: "ended", firsts: true } as const;
    return await actOnRuns(call, choosing, async (context, ids) => {
      const overrides = await resolveNamedRuns(context, choices);
      const [only, ...others] = ids;
      const isSingle = others.length === 0 && !args.some(namesSeveral);
      if (isSingle && only !== undefined) {
        const request = await rerunRequest(context, only, overrides);
        await printStarted(call, await startRun(context, request));
      } else {
        refuseSingleOptions(choices, "several runs", "rerun them one by one");
        const requests = await Array.fromAsync(ids, async (id) => ({
          name: id,
          request: await rerunRequest(context, id, overrides),
        }));
        await printBatch(call, await startBatch(context, requests));
      }
      return EXIT_CODES.ok;
    });
  },
});
