import { parseRunId } from "../run/id.ts";
import { supervise } from "../supervisor/supervise.ts";
import { command, HOME_OPTION } from "./command.ts";

export default command({
  name: "_supervise",
  summary: "the process in a worker's pane",
  usage: "_supervise <id>",
  description:
    "Runs the worker of a run that `agentctl start` has made, in its pane. For internal use.",
  action: "supervise",
  args: "<id>",
  options: HOME_OPTION,
  examples: ["agentctl _supervise 20260102-030405-a1b2"],
  async run({ args, fleet }) {
    const context = await fleet();
    await supervise(context, parseRunId(args[0]));
    // The run is over and its lock free, so that nobody waits for this.
    const { keepStoreSmall } = await import("../fleet/keep_small.ts");
    await keepStoreSmall(context);
    return 0;
  },
});
