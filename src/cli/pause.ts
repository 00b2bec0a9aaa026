import { pauseQueue } from "../fleet/pause.ts";
import { duration } from "../terminal/option_spec.ts";
import { command } from "./command.ts";

export default command({
  name: "pause",
  summary: "pause the queue, for one profile or all",
  description:
    "Pauses the queue, for one profile or for all, until unpause or for a given time. Runs that\nhave started continue; new runs wait.",
  action: "pause",
  args: "[profile]",
  argsHint: "name one profile, or none for all of them",
  options: { for: duration("D", "how long to pause, such as 30m or 2h") },
  examples: ["agentctl pause", "agentctl pause deep --for 2h"],
  async run({ args, options, fleet, print, say }) {
    const [profile = null] = args;
    const { pause, words } = await pauseQueue(
      await fleet(),
      profile,
      options.forMs,
    );
    if (options.json) print(JSON.stringify({ profile, until: pause.until }));
    else say(words);
    return 0;
  },
});
