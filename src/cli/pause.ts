import { ALL_PROFILES, pauseProfile } from "../queue/pauses.ts";
import { requireProfile } from "../fleet/task.ts";
import { duration } from "../terminal/option_spec.ts";
import { formatUntil } from "../text/relative_time.ts";
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
    const until = options.forMs === undefined
      ? null
      : new Date(Date.now() + options.forMs);
    const context = await fleet();
    if (profile !== null) await requireProfile(context, profile, "pause");
    const pause = await pauseProfile(
      context.workspace,
      profile ?? ALL_PROFILES,
      until,
    );
    if (options.json) {
      print(JSON.stringify({ profile, until: pause.until }));
    } else {
      const runs = profile === null ? "No run" : `No run of profile ${profile}`;
      const end = until === null
        ? `"agentctl unpause${profile === null ? "" : ` ${profile}`}"`
        : formatUntil(until.toISOString(), Date.now());
      say(`${runs} starts until ${end}`);
    }
    return 0;
  },
});
