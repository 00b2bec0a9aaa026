import { EXIT_CODES } from "../system/errors.ts";
import { releasedWords, releaseRun } from "../fleet/release.ts";
import { actOnRuns, YES } from "./chosen_runs.ts";
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
  async run(call) {
    const { options, print, say } = call;
    const choosing = { action: "release", scope: "held" } as const;
    return await actOnRuns(call, choosing, async (context, ids) => {
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
      return EXIT_CODES.ok;
    });
  },
});
