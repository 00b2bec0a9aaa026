import { rerunRequest } from "../fleet/rerun.ts";
import { startRun } from "../fleet/start.ts";
import { resolveNamedRuns } from "../task/task_choices.ts";
import { resolveRun } from "../owners/resolve_run.ts";
import { command } from "./command.ts";
import { printStarted } from "./print_started.ts";
import { TASK } from "./start_options.ts";

export default command({
  name: "rerun",
  summary: "run the same task again, in a new thread",
  description:
    "Starts a new run with the prompt of another, byte for byte, in the same folder and with the\nsame profile, model, sandbox, check and limits unless options say otherwise. It knows nothing\nof the other run; to continue where that one stopped, use resume. Prints the run id.",
  action: "rerun",
  args: "<id>",
  // No prompt option: another prompt would be another task.
  options: {},
  task: TASK,
  examples: [
    "agentctl rerun @last",
    "agentctl rerun 20260102-0304 --profile deep --timeout 1h",
  ],
  async run(call) {
    const { args, choices, fleet } = call;
    const context = await fleet();
    const request = await rerunRequest(
      context,
      await resolveRun(context, args[0]),
      await resolveNamedRuns(context, choices),
    );
    const record = await startRun(context, request);
    await printStarted(call, record);
    return 0;
  },
});
