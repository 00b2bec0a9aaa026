import { parseRunId } from "../run/id.ts";
import { ignored } from "../system/ignore.ts";
import { supervise } from "../supervisor/supervise.ts";
import { command, HOME_OPTION } from "./command.ts";

/**
 * From source, an update may replace what a run needs at its end, hours later: it is
 * loaded while the worker begins. The binary has everything in itself.
 */
async function loadLater(): Promise<void> {
  await Promise.all([
    import("../lifecycle/pump.ts"),
    import("../lifecycle/make_attempt.ts"),
    import("../fleet/keep_small.ts"),
    import("../worktrees/worktree.ts"),
    import("../workspace/prompts.ts"),
  ]).catch(ignored("what is missing is missing again when it is needed"));
}

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
    const later = Deno.build.standalone ? null : loadLater();
    await supervise(context, parseRunId(args[0]));
    await later;
    // The run is over and its lock free, so that nobody waits for this.
    const { keepStoreSmall } = await import("../fleet/keep_small.ts");
    await keepStoreSmall(context);
    return 0;
  },
});
