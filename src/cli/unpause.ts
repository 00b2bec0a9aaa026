import { ALL_PROFILES, unpauseProfile } from "../queue/pauses.ts";
import { heldByAccounts } from "../queue/account_hold.ts";
import { heldLines } from "../queue/account_words.ts";
import { pumpQuietly } from "../lifecycle/pump_quietly.ts";
import { command } from "./command.ts";

export default command({
  name: "unpause",
  summary: "end a pause",
  description:
    "Ends the pause of a profile, or all pauses, including those that an account limit\ncaused, and starts the runs that wait.",
  action: "unpause",
  args: "[profile]",
  argsHint: "name one profile, or none for all of them",
  options: {},
  examples: ["agentctl unpause", "agentctl unpause deep"],
  async run({ args, options, fleet, print, say }) {
    const [profile = null] = args;
    const context = await fleet();
    const ended = await unpauseProfile(context.workspace, profile);
    await pumpQuietly(context);
    if (options.json) {
      print(JSON.stringify({ unpaused: ended }));
    } else {
      const held = await heldByAccounts(context.workspace, Date.now());
      say(
        ended.length === 0
          ? "Nothing was paused"
          : `No longer paused: ${
            ended.map((name) => name === ALL_PROFILES ? "all profiles" : name)
              .join(", ")
          }`,
      );
      for (const line of heldLines(held, Date.now())) say(line);
    }
    return 0;
  },
});
