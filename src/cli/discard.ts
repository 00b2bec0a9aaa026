import { EXIT_CODES } from "../system/errors.ts";
import { discardRuns } from "../worktrees/discard.ts";
import { flag } from "../terminal/option_spec.ts";
import { actOnRuns, YES } from "./chosen_runs.ts";
import { command } from "./command.ts";

export default command({
  name: "discard",
  summary: "remove the worktrees and branches of runs",
  description:
    "Removes the worktrees and branches of runs that have ended. Unmerged work is removed only\nwith --force; records and diffs are kept in any case.",
  action: "discard",
  args: "<id>...",
  options: { force: flag("also discard unmerged work"), ...YES },
  examples: ["agentctl discard @last"],
  async run(call) {
    const { options, print, say } = call;
    const choosing = { action: "discard", scope: "worktree" } as const;
    return await actOnRuns(call, choosing, async (context, ids) => {
      const discarded = await discardRuns(context, ids, options.force);
      for (const { run_id, commit } of discarded) {
        say(
          commit === null
            ? `Discarded the worktree of run ${run_id}`
            : `Discarded the worktree of run ${run_id}; "git branch NAME ${commit}" restores its work until git removes it`,
        );
      }
      if (options.json) print(JSON.stringify(discarded));
      return EXIT_CODES.ok;
    });
  },
});
