import { rerunRequest, startRun } from "../fleet/mod.ts";
import { resolveRunId } from "../run/store.ts";
import { usageError } from "../system/errors.ts";
import type { Command } from "./command.ts";
import { PROMPT_OPTIONS } from "./input.ts";
import { START_OPTIONS, startRequest } from "./start_options.ts";

/** Another prompt would be another task. */
const OPTIONS = START_OPTIONS.filter((option) =>
  !PROMPT_OPTIONS.includes(option)
);

export const rerunCommand: Command = {
  name: "rerun",
  summary: "do the task of a run anew, in a new thread",
  usage: "rerun <id> [options]",
  description:
    "Starts a new run with the prompt of another, byte for byte, in the same folder and with\nthe same profile, model, sandbox, check and limits unless options say otherwise. It knows\nnothing of the other; to go on where that one stopped, use resume. Prints the run id.",
  options: OPTIONS,
  examples: [
    "agentctl rerun @last",
    "agentctl rerun 20260102-0304 --profile deep --timeout 1h",
  ],
  async run({ args, options, fleet, print }) {
    const [text, extra] = args;
    if (text === undefined || extra !== undefined) {
      throw usageError(
        'Cannot rerun: name one run, as in "agentctl rerun @last"',
      );
    }
    const overrides = startRequest(options);
    const context = await fleet();
    const id = await resolveRunId(context.workspace, text);
    const record = await startRun(
      context,
      await rerunRequest(context, id, overrides),
    );
    print(
      options["json"]
        ? JSON.stringify({ run_id: record.run_id, pane: record.pane })
        : record.run_id,
    );
    return 0;
  },
};
