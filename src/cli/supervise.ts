import { parseRunId } from "../run/id.ts";
import { usageError } from "../system/errors.ts";
import { supervise } from "../supervisor/supervise.ts";
import { type Command, HOME_OPTION } from "./command.ts";

export const superviseCommand: Command = {
  name: "_supervise",
  summary: "the process in a worker's pane",
  usage: "_supervise <id>",
  description:
    "Runs the worker of a run that `agentctl start` has made, in its pane. Not for people.",
  options: [HOME_OPTION],
  examples: ["agentctl _supervise 20260102-030405-a1b2"],
  async run({ args, fleet }) {
    const [id, extra] = args;
    if (id === undefined || extra !== undefined) {
      throw usageError("Cannot supervise: name one run");
    }
    await supervise(await fleet(), parseRunId(id));
    return 0;
  },
};
