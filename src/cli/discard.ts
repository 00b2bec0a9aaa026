import { discardRuns } from "../fleet/discard.ts";
import { resolveRunId } from "../run/store.ts";
import { usageError } from "../system/errors.ts";
import type { Command } from "./command.ts";

export const discardCommand: Command = {
  name: "discard",
  summary: "remove the worktrees and branches of runs",
  usage: "discard <id>... [--force]",
  description:
    "Removes the worktrees and branches of runs that have ended. Work that is not merged is\nremoved only with --force; records and diffs stay in any case.",
  options: [{ name: "force", help: "also work that is not merged" }],
  examples: ["agentctl discard @last"],
  async run({ args, options, fleet, print, say }) {
    if (args.length === 0) {
      throw usageError(
        'Cannot discard: name a run, as in "agentctl discard @last"',
      );
    }
    const context = await fleet();
    const ids = [];
    for (const arg of args) {
      ids.push(await resolveRunId(context.workspace, arg));
    }
    const discarded = await discardRuns(
      context,
      ids,
      options["force"] === true,
    );
    for (const { run_id, commit } of discarded) {
      say(
        commit === null
          ? `Discarded the worktree of run ${run_id}`
          : `Discarded the worktree of run ${run_id}; "git branch NAME ${commit}" brings its work back until git removes it`,
      );
    }
    if (options["json"]) print(JSON.stringify(discarded));
    return 0;
  },
};
