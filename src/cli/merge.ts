import { EXIT_CODES } from "../system/errors.ts";
import { type MergeOutcome, mergeRuns } from "../worktrees/merge.ts";
import { mergeLine } from "../view/merge_line.ts";
import { toldLines } from "../run/told_lines.ts";
import { flag } from "../terminal/option_spec.ts";
import { WORDS_OF } from "../text/others_words.ts";
import { plural } from "../text/wording.ts";
import { actOnRuns, YES } from "./chosen_runs.ts";
import { command } from "./command.ts";

export default command({
  name: "merge",
  summary: "merge the worktrees of runs",
  description:
    "Merges the branches of runs into the branch that is checked out in their repository, one\nafter another, and removes their worktrees. Everything is computed first: if there is a\nconflict, or files of yours are in the way, nothing changes, and agentctl says which files\nconflict with which run. Exit code 1 means that there are conflicts.",
  action: "merge",
  args: "<id>...",
  options: {
    squash: flag("one commit for each run, without the history of its branch"),
    preview: flag("only show what would happen"),
    "dry-run": flag("the same as --preview"),
    ...YES,
  },
  examples: [
    "agentctl merge @last --preview",
    "agentctl merge 20260102-030405-a1b2 20260102-030406-c3d4 --squash",
  ],
  async run(call) {
    const { options, print, say } = call;
    const { squash } = options;
    const preview = options.preview || options.dryRun;
    const none = { preview, merged: false, runs: [] };
    const choosing = { action: "merge", scope: "unmerged", none } as const;
    return await actOnRuns(call, choosing, async (context, ids) => {
      const outcome = await mergeRuns(context, { ids, squash, preview });
      const conflicting = outcome.runs.filter(({ result }) =>
        result === "conflict"
      );
      if (options.json) {
        print(JSON.stringify({ preview, ...WORDS_OF, ...outcome }));
      } else {
        for (const run of outcome.runs) {
          print(mergeLine(run));
          toldLines(run).forEach((line) => print(`  ${line}`));
        }
      }
      for (const text of [...outcome.left, ...outcome.warnings]) say(text);
      say(summarize(outcome, conflicting.length, preview));
      return conflicting.length === 0 ? EXIT_CODES.ok : EXIT_CODES.goal_not_met;
    });
  },
});

function summarize(
  { merged, runs, branch, commit }: MergeOutcome,
  conflicts: number,
  preview: boolean,
): string {
  if (merged) {
    return `Merged ${plural(runs.length, "run")} into ${branch} (${
      commit.slice(0, 10)
    })`;
  }
  if (conflicts === 0) {
    return `${plural(runs.length, "run")} would merge into ${branch}`;
  }
  return `${
    preview ? "Conflicts" : "Nothing was merged; conflicts"
  }: ${conflicts} of ${plural(runs.length, "run")}`;
}
