import { ALL_PROFILES, unpauseProfile } from "../fleet/pauses.ts";
import { pumpQuietly } from "../fleet/pump_quietly.ts";
import type { Command } from "./command.ts";
import { onlyProfile } from "./only_profile.ts";

export const unpauseCommand: Command = {
  name: "unpause",
  summary: "start runs again after a pause",
  usage: "unpause [profile]",
  description:
    "Ends the pause of a profile, or all pauses, also those that a limit of the account has\nbrought, and starts what waits.",
  options: [],
  examples: ["agentctl unpause", "agentctl unpause deep"],
  async run({ args, options, fleet, print, say }) {
    const profile = onlyProfile("unpause", args);
    const context = await fleet();
    const ended = await unpauseProfile(context.workspace, profile);
    await pumpQuietly(context);
    if (options["json"]) {
      print(JSON.stringify({ unpaused: ended }));
    } else {
      say(
        ended.length === 0
          ? "Nothing was paused"
          : `No longer paused: ${
            ended.map((name) => name === ALL_PROFILES ? "all profiles" : name)
              .join(", ")
          }`,
      );
    }
    return 0;
  },
};
