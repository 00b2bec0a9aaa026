import { ALL_PROFILES, pauseProfile } from "../fleet/pauses.ts";
import { requireProfile } from "../fleet/task.ts";
import { readDuration } from "../text/option_value.ts";
import { formatUntil } from "../text/relative_time.ts";
import { type Command, optionText } from "./command.ts";
import { onlyProfile } from "./only_profile.ts";

export const pauseCommand: Command = {
  name: "pause",
  summary: "start no more runs, of one profile or at all",
  usage: "pause [profile] [--for D]",
  description:
    "Starts no more runs of a profile, or none at all, until unpause or for a time. What is\nat work goes on; new runs wait in the queue.",
  options: [
    { name: "for", value: "D", help: "how long, such as 30m or 2h" },
  ],
  examples: ["agentctl pause", "agentctl pause deep --for 2h"],
  async run({ args, options, fleet, print, say }) {
    const profile = onlyProfile("pause", args);
    const duration = optionText(options, "for");
    const until = duration === undefined
      ? null
      : new Date(Date.now() + readDuration("--for", duration));
    const context = await fleet();
    if (profile !== null) await requireProfile(context, profile, "pause");
    const pause = await pauseProfile(
      context.workspace,
      profile ?? ALL_PROFILES,
      until,
    );
    if (options["json"]) {
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
};
