import { usageError } from "../system/errors.ts";
import { wakePane } from "../wake/wake_pane.ts";
import { command, HOME_OPTION } from "./command.ts";

export default command({
  name: "_wake",
  summary: "the process that types a line to Claude Code",
  usage: "_wake <socket> <pane>",
  description:
    "Tells Claude Code, in its pane, about runs that have ended, as soon as it is safe to type. For internal use.",
  action: "type",
  args: "<socket> <pane>",
  argsHint: "name a tmux socket and a pane",
  options: HOME_OPTION,
  examples: ["agentctl _wake /tmp/tmux-1000/default %3"],
  async run({ args, fleet }) {
    const [socket, paneId] = args;
    if (!/^%\d+$/.test(paneId)) {
      throw usageError("Cannot type: name a tmux socket and a pane");
    }
    await wakePane(await fleet(), { socket, paneId });
    return 0;
  },
});
