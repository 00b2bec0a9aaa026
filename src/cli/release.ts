import { EXIT_CODES } from "../system/errors.ts";
import { releasedWords, releaseRun } from "../fleet/release.ts";
import { chosenRuns, YES } from "./chosen_runs.ts";
import { command } from "./command.ts";

export default command({
  name: "release",
  summary: "release runs that are held",
  description:
    "Releases runs that were started with --hold, or that wait because as much of their\naccount is used as --max-account or account_ceiling allows: they start as soon as there is a slot.",
  action: "release",
  args: "<id>...",
  options: YES,
  examples: ["agentctl release @last"],
  async run({ args, options, fleet, print, say }) {
    const context = await fleet();
    const ids = await chosenRuns(context, args, { say }, {
      ...{ action: "release", yes: options.yes, scope: "held" },
    });
    if (ids === null) return EXIT_CODES.goal_not_met;
    if (ids.length === 0) {
      say("No runs to release");
      if (options.json) print("[]");
      return EXIT_CODES.ok;
    }
    const records = await Array.fromAsync(
      ids,
      (id) => releaseRun(context, id),
    );
    if (options.json) {
      print(JSON.stringify(
        records.map(({ run_id, status }) => ({ run_id, status })),
      ));
    } else {
      for (const record of records) say(await releasedWords(context, record));
    }
    return 0;
  },
});
