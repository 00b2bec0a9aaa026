import { rerunRequest, startRun } from "../fleet/mod.ts";
import { readTaskOptions, resolveNamedRuns } from "../fleet/task_choices.ts";
import { resolveRunId } from "../run/store.ts";
import { usageError } from "../system/errors.ts";
import type { Command } from "./command.ts";
import { printStarted } from "./print_started.ts";
import { TASK_SPECS } from "./start_options.ts";

export const rerunCommand: Command = {
  name: "rerun",
  summary: "do the task of a run anew, in a new thread",
  usage: "rerun <id> [options]",
  description:
    "Starts a new run with the prompt of another, byte for byte, in the same folder and with\nthe same profile, model, sandbox, check and limits unless options say otherwise. It knows\nnothing of the other; to go on where that one stopped, use resume. Prints the run id.",
  // No prompt: another one would be another task.
  options: TASK_SPECS,
  examples: [
    "agentctl rerun @last",
    "agentctl rerun 20260102-0304 --profile deep --timeout 1h",
  ],
  async run(call) {
    const { args, options, fleet } = call;
    const [text, extra] = args;
    if (text === undefined || extra !== undefined) {
      throw usageError(
        'Cannot rerun: name one run, as in "agentctl rerun @last"',
      );
    }
    const choices = readTaskOptions(options);
    const context = await fleet();
    const { workspace } = context;
    const request = await rerunRequest(
      context,
      await resolveRunId(workspace, text),
      await resolveNamedRuns(workspace, choices),
    );
    const record = await startRun(context, request);
    printStarted(call, record);
    return 0;
  },
};
